// GET /ui/export, /ui/chats/{id}/export, POST /ui/import, share links
#include <algorithm>

#include "chat/endpoints.h"
#include "chat/identity.h"
#include "chat/records_json.h"
#include "chat/transfer_json.h"
#include "http/request_parts.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

using history::Chat;
using history::Message;
using history::Store;

constexpr auto kShared = "/ui/shared/{token}";

Result<std::vector<Chat>> list_all(Store& store, const std::string& owner) {
  std::vector<Chat> all;
  history::ChatQuery query;
  query.owner = owner;
  query.limit = 500;
  do {
    Result<history::ChatPage> page = store.list_chats(query);
    if (!page) return page.error();
    all.insert(all.end(), page->chats.begin(), page->chats.end());
    query.cursor = page->next;
  } while (!query.cursor.empty());
  return all;
}

void send_file(http::ResponseWriter& writer, const std::string& name, const char* type, std::string body) {
  writer.send({.status = 200,
               .headers = {{"Content-Type", type},
                           {"Content-Disposition", "attachment; filename=\"" + name + "\""},
                           {"Cache-Control", "no-store"}},
               .body = std::move(body)});
}

void export_all(const Call& call) {
  const std::string wanted = "," + http::query_value(call.request, "ids").value_or("") + ",";
  call.context->deps.archive->read<std::string>(
      [owner = call.owner, wanted, now = call.context->wall_ms()](Store& store) -> Result<std::string> {
        const Result<std::vector<Chat>> chats = list_all(store, owner);
        if (!chats) return chats.error();
        std::string out = encode_export_head(now);
        bool first = true;
        for (const Chat& chat : *chats) {
          if (wanted != ",," && wanted.find("," + chat.id + ",") == std::string::npos) continue;
          const Result<WholeConversation> whole = read_whole(store, chat);
          if (!whole) return whole.error();
          out += (std::exchange(first, false) ? "\n" : ",\n") + encode_export_chat(*whole);
        }
        return out + encode_export_tail();
      },
      [writer = call.writer](Result<std::string> text) {
        if (!text) return send_error(*writer, text.error());
        send_file(*writer, "samovar-conversations.json", "application/json", *std::move(text));
      });
}

void export_one(const Call& call) {
  const std::string format = http::query_value(call.request, "format").value_or("json");
  if (format != "json" && format != "markdown") {
    return send_error(*call.writer,
                      {Code::kInvalidArgument, "format: '" + format + "' is neither json nor markdown"});
  }
  const bool markdown = format == "markdown";
  call.archive().read<std::string>(
      [owner = call.owner, id = call.chat, markdown,
       now = call.context->wall_ms()](Store& store) -> Result<std::string> {
        const Result<Chat> chat = find_needed_chat(store, owner, id);
        if (!chat) return chat.error();
        if (markdown) {
          const Result<std::vector<Message>> path = store.list_path(chat->key, chat->leaf);
          if (!path) return path.error();
          return encode_markdown(*chat, *path);
        }
        const Result<WholeConversation> whole = read_whole(store, *chat);
        if (!whole) return whole.error();
        return encode_export_head(now) + "\n" + encode_export_chat(*whole) + encode_export_tail();
      },
      [writer = call.writer, id = call.chat, markdown](Result<std::string> text) {
        if (!text) return send_error(*writer, text.error());
        send_file(*writer, "chat-" + id + (markdown ? ".md" : ".json"),
                  markdown ? "text/markdown; charset=utf-8" : "application/json", *std::move(text));
      });
}

bool is_same_conversation(const std::vector<Message>& there, const std::vector<Message>& here) {
  return there.size() == here.size() &&
         std::equal(there.begin(), there.end(), here.begin(), [](const Message& a, const Message& b) {
           return a.id == b.id && a.content == b.content;
         });
}

struct Imported {
  std::string format;
  int64_t n_chats = 0;
  int64_t n_messages = 0;
  std::vector<SkippedChat> skipped;
};

// Nothing is written over: an id that is taken gets another one, unless it is the very same conversation.
Result<bool> choose_id(Store& store, WholeConversation& whole) {
  const Result<std::optional<Chat>> taken = store.find_chat(whole.chat.owner, whole.chat.id);
  if (!taken) return taken.error();
  if (!*taken) return true;
  const Result<std::vector<Message>> messages = store.list_messages((*taken)->key, INT64_MAX, INT64_MAX);
  if (!messages) return messages.error();
  if ((*taken)->deleted_ms == 0 && is_same_conversation(*messages, whole.messages)) return false;
  whole.chat.id = "c-" + make_random_id(8);
  return true;
}

Result<void> put_whole(Store& store, WholeConversation& whole) {
  if (const auto put = store.put_chat(whole.chat); !put) return put.error();
  for (Message& message : whole.messages) {
    message.chat = whole.chat.key;
    for (history::Attachment& file : message.attachments) {
      file.owner = whole.chat.owner;
      file.created_ms = message.created_ms;
      if (const auto put = store.put_attachment(file); !put) return put.error();
    }
    if (const auto put = store.put_message(message); !put) return put.error();
    if (!message.feedback) continue;
    if (const auto put = store.put_feedback(message.key, message.feedback); !put) return put.error();
  }
  return {};
}

Result<Imported> put_import(Store& store, const ParsedImport& import, const std::string& owner) {
  Imported done;
  done.format = import.format;
  done.skipped = import.skipped;
  for (WholeConversation whole : import.conversations) {
    whole.chat.owner = owner;
    if (is_temporary(whole.chat.id)) whole.chat.id = "c-" + make_random_id(8);
    const Result<bool> is_new = choose_id(store, whole);
    if (!is_new) return is_new.error();
    if (!*is_new) {
      done.skipped.push_back({whole.chat.title, "here", "it is here already", ""});
      continue;
    }
    if (const auto put = put_whole(store, whole); !put) return put.error();
    ++done.n_chats;
    done.n_messages += static_cast<int64_t>(whole.messages.size());
  }
  return done;
}

void import_file(const Call& call) {
  auto import = parse_import(call.request.body);
  if (!import) return send_error(*call.writer, import.error());
  auto shared = std::make_shared<const ParsedImport>(*std::move(import));
  call.context->deps.archive->write<Imported>(
      [shared, owner = call.owner](Store& store) { return put_import(store, *shared, owner); },
      [context = call.context, owner = call.owner, writer = call.writer](Result<Imported> done) {
        if (!done) return send_error(*writer, done.error());
        context->feeds.tell(owner, "\"type\":\"chats-changed\"");
        std::string skipped = "[";
        for (const SkippedChat& one : done->skipped) {
          std::string json;
          wire::ObjectWriter(json)
              .add("title", std::string_view(one.title))
              .add("code", std::string_view(one.code))
              .add("file", std::string_view(one.file))
              .add("why", std::string_view(one.why))
              .close();
          skipped += (skipped.size() > 1 ? "," : "") + json;
        }
        std::string json;
        wire::ObjectWriter(json)
            .add("format", std::string_view(done->format))
            .add("chats", done->n_chats)
            .add("messages", done->n_messages)
            .add_raw("skipped", skipped + "]")
            .close();
        send_json(*writer, std::move(json));
      });
}

void change_share(const Call& call, bool share) {
  if (share && !call.context->deps.setup.features.share) {
    return send_error(*call.writer,
                      {Code::kUnsupported,
                       "share links are switched off on this server: [features] share in samovar.toml"});
  }
  if (share && is_temporary(call.chat))
    return send_error(*call.writer, {Code::kUnsupported, "a temporary chat cannot be shared"});
  call.archive().write<Chat>(
      [owner = call.owner, id = call.chat, share](Store& store) -> Result<Chat> {
        Result<Chat> chat = find_needed_chat(store, owner, id);
        if (!chat) return chat.error();
        if (!share) chat->share_token.clear();
        if (share && chat->share_token.empty()) chat->share_token = make_random_id();
        if (const auto put = store.put_chat(*chat); !put) return put.error();
        return chat;
      },
      [context = call.context, writer = call.writer, share](Result<Chat> chat) {
        if (!chat) return send_error(*writer, chat.error());
        context->tell_chat(*chat);
        if (!share) return send_nothing(*writer);
        std::string json;
        wire::ObjectWriter(json)
            .add("token", std::string_view(chat->share_token))
            .add("url", std::string_view("/share/" + chat->share_token))
            .close();
        send_json(*writer, std::move(json));
      });
}

// Anybody who has the link; no cookie.
void read_shared(const Context& context, const http::Request& request,
                 const std::shared_ptr<http::ResponseWriter>& writer) {
  const std::string token = http::Router::part(kShared, request.path, "token");
  if (context->deps.archive == nullptr || !context->deps.setup.features.share) {
    return send_error(*writer, {Code::kNotFound, "share links are switched off on this server"});
  }
  context->deps.archive->read<WholeConversation>(
      [token](Store& store) -> Result<WholeConversation> {
        Result<std::optional<Chat>> chat = store.find_shared_chat(token);
        if (!chat) return chat.error();
        if (!*chat) return Error{Code::kNotFound, "this link leads nowhere (any more)"};
        Result<std::vector<Message>> path = store.list_path((*chat)->key, (*chat)->leaf);
        if (!path) return path.error();
        return WholeConversation{**std::move(chat), *std::move(path)};
      },
      [writer](Result<WholeConversation> whole) {
        if (!whole) return send_error(*writer, whole.error());
        std::string chat;
        wire::ObjectWriter(chat)
            .add("title", std::string_view(whole->chat.title))
            .add("created", whole->chat.created_ms)
            .add("updated", whole->chat.updated_ms)
            .close();
        std::string messages = "[";
        for (Message& message : whole->messages) {
          message.feedback.reset();  // the owner's alone
          messages += (messages.size() > 1 ? "," : "") + encode_message(message);
        }
        send_json(*writer, "{\"chat\":" + chat + ",\"messages\":" + messages + "]}");
      });
}

}  // namespace

void add_transfer(http::Router& router, const Context& context) {
  add_route(router, context, "GET", "/ui/export", Body::kNone, export_all);
  add_route(router, context, "GET", "/ui/chats/{id}/export", Body::kNone, export_one);
  add_route(router, context, "POST", "/ui/import", Body::kJson, import_file);
  add_route(router, context, "POST", "/ui/chats/{id}/share", Body::kNone,
            [](const Call& call) { change_share(call, true); });
  add_route(router, context, "DELETE", "/ui/chats/{id}/share", Body::kNone,
            [](const Call& call) { change_share(call, false); });
  router.add("GET", kShared,
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               read_shared(context, request, writer);
             });
}

}  // namespace samovar::chat
