// POST /ui/chats/{id}/stop and DELETE /ui/chats/{id}
#include "chat/endpoints.h"

namespace samovar::chat {
namespace {

constexpr auto kStop = "/ui/chats/{id}/stop";
constexpr auto kChat = "/ui/chats/{id}";

void send_nothing(http::ResponseWriter& writer) { writer.send({.status = 204, .headers = {}, .body = {}}); }

}  // namespace

void add_chats(http::Router& router, const Context& context) {
  router.add("POST", kStop,
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               const Result<std::string> id = chat_id(kStop, request);
               if (!id) return send_error(*writer, id.error());
               context->runs.stop(*id);
               send_nothing(*writer);
             });
  router.add("DELETE", kChat,
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               const Result<std::string> id = chat_id(kChat, request);
               if (!id) return send_error(*writer, id.error());
               context->history.forget(*id);
               context->runs.stop(*id);
               send_nothing(*writer);
             });
}

}  // namespace samovar::chat
