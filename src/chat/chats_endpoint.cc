// POST /ui/chats/{id}/stop, DELETE /ui/chats/{id}: both for stored chats and for those that the page keeps
// itself.
#include "chat/answer_run.h"
#include "chat/endpoints.h"
#include "chat/identity.h"
#include "chat/records_json.h"
#include "chat/shared_run.h"
#include "http/request_parts.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

constexpr auto kStop = "/ui/chats/{id}/stop";
constexpr auto kChat = "/ui/chats/{id}";

void stop_all(const Context& context, const http::Request& request, const std::string& chat) {
  context->runs.stop(session_chat(request, chat));
  const std::string owner = owner_of(*context, request);
  if (owner.empty()) return;
  const auto active = context->registry.active(owner, chat);
  for (const auto& run : active) run->stop();
  // Another server may be writing its last answer.
  if (active.empty() && context->deps.archive != nullptr && context->archive_of(chat).is_shared())
    stop_shared_run(context, owner, {.chat = chat, .answer = {}});
}

struct Deletion {
  std::string owner, id;
  bool forever = false;
};

void delete_stored(const Context& context, const Deletion& deletion,
                   const std::shared_ptr<http::ResponseWriter>& writer) {
  context->archive_of(deletion.id)
      .write<bool>(
          [owner = deletion.owner, id = deletion.id, forever = deletion.forever,
           now = context->wall_ms()](history::Store& store) -> Result<bool> {
            Result<std::optional<history::Chat>> chat = store.find_chat(owner, id);
            if (!chat) return chat.error();
            if (!*chat) return false;
            Result<void> done;
            if (forever || is_temporary(id)) {
              done = store.erase_chat((*chat)->key);
            } else if ((*chat)->deleted_ms == 0) {
              (*chat)->deleted_ms = now;
              (*chat)->share_token.clear();
              done = store.put_chat(**chat);
            }
            if (!done) return done.error();
            return true;
          },
          [context, owner = deletion.owner, id = deletion.id, writer](Result<bool> deleted) {
            if (!deleted) return send_error(*writer, deleted.error());
            if (*deleted)
              context->feeds.tell(owner, "\"type\":\"chat-deleted\",\"id\":" + wire::to_json_string(id));
            send_nothing(*writer);
          });
}

}  // namespace

void add_chats(http::Router& router, const Context& context) {
  router.add("POST", kStop,
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               const Result<std::string> id = chat_id(kStop, request);
               if (!id) return send_error(*writer, id.error());
               stop_all(context, request, *id);
               send_nothing(*writer);
             });
  router.add("DELETE", kChat,
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               const Result<std::string> id = chat_id(kChat, request);
               if (!id) return send_error(*writer, id.error());
               const std::string owner = owner_of(*context, request);
               context->history.forget(session_chat(request, *id));
               stop_all(context, request, *id);
               if (context->deps.archive == nullptr || owner.empty()) return send_nothing(*writer);
               delete_stored(context, {owner, *id, http::query_value(request, "forever").value_or("") == "1"},
                             writer);
             });
}

}  // namespace samovar::chat
