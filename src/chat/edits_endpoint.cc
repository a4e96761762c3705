// Single messages: PATCH and DELETE /ui/chats/{id}/messages/{message}, feedback, GET /ui/feedback.jsonl
#include <algorithm>

#include "chat/answer_run.h"
#include "chat/body.h"
#include "chat/endpoints.h"
#include "chat/identity.h"
#include "chat/records_json.h"
#include "http/request_parts.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

using history::Chat;
using history::Message;
using history::MessageState;
using history::Role;
using history::Store;

constexpr size_t kMaxComment = 4000;

struct ChangedMessage {
  Chat chat;
  Message message;
  bool is_new = false;
};

Result<Message> find_message_of(Store& store, const Chat& chat, const std::string& id) {
  Result<std::optional<Message>> found = store.find_message(chat.key, id);
  if (!found) return found.error();
  if (!*found) return Error{Code::kNotFound, "message '" + id + "' not found in this chat"};
  return **std::move(found);
}

struct Edit {
  std::string owner, chat, message, content;
  bool branch = false;
  int64_t now_ms = 0;
};

Result<ChangedMessage> edit_message(Store& store, const Edit& edit) {
  Result<Chat> chat = find_needed_chat(store, edit.owner, edit.chat);
  if (!chat) return chat.error();
  Result<Message> message = find_message_of(store, *chat, edit.message);
  if (!message) return message.error();
  if (message->state == MessageState::kStreaming)
    return Error{Code::kConflict, "this answer is being written: stop it first"};
  chat->updated_ms = edit.now_ms;
  message->content = edit.content;
  message->edited_ms = edit.now_ms;
  if (edit.branch) {
    message->key = 0;
    message->id = "m-" + make_random_id(8);
    message->created_ms = edit.now_ms;
    message->feedback.reset();
    chat->leaf = message->id;
  } else if (message->state == MessageState::kCut || message->state == MessageState::kFailed) {
    message->error_code.clear();
    message->error_message.clear();
    message->state = MessageState::kComplete;
  }
  if (const auto put = store.put_message(*message); !put) return put.error();
  if (const auto put = store.put_chat(*chat); !put) return put.error();
  return ChangedMessage{*std::move(chat), *std::move(message), edit.branch};
}

void patch_message(const Call& call) {
  Result<BodyReader> body = BodyReader::parse(call.request.body);
  if (!body) return send_error(*call.writer, body.error());
  Edit edit{call.owner, call.chat, call.message, "", false, call.context->wall_ms()};
  if (!body->has("content")) body->fail("content", "missing");
  body->text("content", call.context->deps.limits.message_bytes, edit.content);
  body->flag("branch", edit.branch);
  if (!body->ok()) return send_error(*call.writer, body->error());
  call.archive().write<ChangedMessage>(
      [edit](Store& store) { return edit_message(store, edit); },
      [context = call.context, writer = call.writer](Result<ChangedMessage> changed) {
        if (!changed) return send_error(*writer, changed.error());
        context->tell_message(changed->chat, changed->message);
        context->tell_chat(changed->chat);
        send_json(*writer, encode_message(changed->message));
      });
}

struct Removal {
  Chat chat;
  std::vector<std::string> deleted;
  std::vector<Message> moved;
};

// The message that is shown last after a removal: the newest below what is left, or of the whole chat.
Result<std::string> find_newest_leaf(Store& store, int64_t chat, std::string from) {
  for (;;) {
    const Result<std::vector<Message>> children = store.list_children(chat, from);
    if (!children) return children.error();
    if (children->empty()) return from;
    from = children->back().id;
  }
}

// What stood below the removed ones goes to where they stood.
Result<void> move_up(Store& store, const Chat& chat, const std::string& from, const std::string& to,
                     Removal& removal) {
  Result<std::vector<Message>> children = store.list_children(chat.key, from);
  if (!children) return children.error();
  for (Message& child : *children) {
    if (std::find(removal.deleted.begin(), removal.deleted.end(), child.id) != removal.deleted.end())
      continue;
    child.parent = to;
    if (const auto put = store.put_message(child); !put) return put.error();
    removal.moved.push_back(std::move(child));
  }
  return {};
}

Result<void> list_removed(Store& store, const Chat& chat, const Message& message, bool after,
                          Removal& removal) {
  if (after) {
    Result<std::vector<std::string>> below = store.list_subtree(chat.key, message.id);
    if (!below) return below.error();
    removal.deleted = *std::move(below);
    return {};
  }
  removal.deleted.push_back(message.id);
  if (message.role != Role::kUser) return {};
  const Result<std::vector<Message>> answers = store.list_children(chat.key, message.id);
  if (!answers) return answers.error();
  for (const Message& answer : *answers) {
    if (answer.role == Role::kAssistant) removal.deleted.push_back(answer.id);
  }
  return {};
}

Result<Removal> remove_message(Store& store, const Edit& edit, bool after) {
  Removal removal;
  Result<Chat> chat = find_needed_chat(store, edit.owner, edit.chat);
  if (!chat) return chat.error();
  const Result<Message> message = find_message_of(store, *chat, edit.message);
  if (!message) return message.error();
  if (const auto listed = list_removed(store, *chat, *message, after, removal); !listed)
    return listed.error();
  if (!after) {
    const std::vector<std::string> gone = removal.deleted;
    for (const std::string& id : gone) {
      if (const auto moved = move_up(store, *chat, id, message->parent, removal); !moved)
        return moved.error();
    }
  }
  if (const auto erased = store.erase_messages(chat->key, removal.deleted); !erased) return erased.error();
  if (std::find(removal.deleted.begin(), removal.deleted.end(), chat->leaf) != removal.deleted.end()) {
    Result<std::string> leaf = find_newest_leaf(store, chat->key, message->parent);
    if (!leaf) return leaf.error();
    chat->leaf = *std::move(leaf);
  }
  chat->updated_ms = edit.now_ms;
  if (const auto put = store.put_chat(*chat); !put) return put.error();
  removal.chat = *std::move(chat);
  return removal;
}

void delete_message(const Call& call) {
  const std::string what = http::query_value(call.request, "what").value_or("turn");
  if (what != "turn" && what != "after")
    return send_error(*call.writer,
                      {Code::kInvalidArgument, "what: '" + what + "' is neither turn nor after"});
  const Edit edit{call.owner, call.chat, call.message, "", false, call.context->wall_ms()};
  call.archive().write<Removal>(
      [edit, after = what == "after"](Store& store) { return remove_message(store, edit, after); },
      [context = call.context, writer = call.writer](Result<Removal> removal) {
        if (!removal) return send_error(*writer, removal.error());
        const Chat& chat = removal->chat;
        for (const auto& run : context->registry.active(chat.owner, chat.id)) {
          if (std::find(removal->deleted.begin(), removal->deleted.end(), run->answer_id()) !=
              removal->deleted.end())
            run->stop();
        }
        const std::string deleted = encode_strings(removal->deleted);
        context->feeds.tell(chat.owner, "\"type\":\"messages-deleted\",\"chat\":" +
                                            wire::to_json_string(chat.id) + ",\"ids\":" + deleted);
        std::vector<std::string> moved;
        for (const Message& message : removal->moved) {
          moved.push_back(message.id);
          context->tell_message(chat, message);
        }
        context->tell_chat(chat);
        send_json(*writer, "{\"deleted\":" + deleted + ",\"moved\":" + encode_strings(moved) +
                               ",\"chat\":" + encode_chat(chat) + "}");
      });
}

void set_feedback(const Call& call, const std::optional<history::Feedback>& feedback) {
  call.archive().write<ChangedMessage>(
      [owner = call.owner, id = call.chat, message_id = call.message,
       feedback](Store& store) -> Result<ChangedMessage> {
        Result<Chat> chat = find_needed_chat(store, owner, id);
        if (!chat) return chat.error();
        Result<Message> message = find_message_of(store, *chat, message_id);
        if (!message) return message.error();
        if (message->role != Role::kAssistant)
          return Error{Code::kInvalidArgument, "only answers can be rated"};
        if (const auto put = store.put_feedback(message->key, feedback); !put) return put.error();
        message->feedback = feedback;
        return ChangedMessage{*std::move(chat), *std::move(message), false};
      },
      [context = call.context, writer = call.writer](Result<ChangedMessage> changed) {
        if (!changed) return send_error(*writer, changed.error());
        context->tell_message(changed->chat, changed->message);
        send_nothing(*writer);
      });
}

void put_feedback(const Call& call) {
  if (!call.context->deps.setup.features.feedback)
    return send_error(*call.writer, {Code::kUnsupported, "feedback is switched off on this server"});
  Result<BodyReader> body = BodyReader::parse(call.request.body);
  if (!body) return send_error(*call.writer, body.error());
  history::Feedback feedback;
  feedback.created_ms = call.context->wall_ms();
  const nlohmann::json rating = body->json().value("rating", nlohmann::json());
  if (rating != 1 && rating != -1) body->fail("rating", "expected 1 or -1");
  body->text("comment", kMaxComment, feedback.comment);
  if (!body->ok()) return send_error(*call.writer, body->error());
  feedback.rating = rating.get<int64_t>();
  set_feedback(call, feedback);
}

// One line a rated answer, with the conversation before it.
Result<std::string> encode_feedback(Store& store, const std::string& owner) {
  constexpr int64_t kAtOnce = 200;
  std::string out;
  int64_t after = 0;
  for (;;) {
    const Result<std::vector<history::RatedAnswer>> rated = store.list_feedback(owner, after, kAtOnce);
    if (!rated) return rated.error();
    for (const history::RatedAnswer& one : *rated) {
      after = one.key;
      const Result<std::vector<Message>> path = store.list_path(one.chat.key, one.answer.parent);
      if (!path) return path.error();
      std::string messages = "[";
      for (const Message& message : *path) {
        std::string json;
        wire::ObjectWriter(json)
            .add("role", history::to_string(message.role))
            .add("content", std::string_view(message.content))
            .close();
        messages += (messages.size() > 1 ? "," : "") + json;
      }
      std::string line;
      wire::ObjectWriter(line)
          .add_raw("messages", messages + "]")
          .add("answer", std::string_view(one.answer.content))
          .add("model", std::string_view(one.answer.model))
          .add("rating", one.answer.feedback ? one.answer.feedback->rating : 0)
          .add("comment",
               one.answer.feedback ? std::string_view(one.answer.feedback->comment) : std::string_view())
          .add("created", one.answer.feedback ? one.answer.feedback->created_ms : 0)
          .close();
      out += line + "\n";
    }
    if (static_cast<int64_t>(rated->size()) < kAtOnce) return out;
  }
}

void export_feedback(const Call& call) {
  call.context->deps.archive->read<std::string>(
      [owner = call.owner](Store& store) { return encode_feedback(store, owner); },
      [writer = call.writer](Result<std::string> lines) {
        if (!lines) return send_error(*writer, lines.error());
        writer->send({.status = 200,
                      .headers = {{"Content-Type", "application/x-ndjson"},
                                  {"Content-Disposition", "attachment; filename=\"samovar-feedback.jsonl\""},
                                  {"Cache-Control", "no-store"}},
                      .body = *std::move(lines)});
      });
}

}  // namespace

void add_edits(http::Router& router, const Context& context) {
  constexpr auto kMessage = "/ui/chats/{id}/messages/{message}";
  constexpr auto kFeedback = "/ui/chats/{id}/messages/{message}/feedback";
  add_route(router, context, "PATCH", kMessage, Body::kJson, patch_message);
  add_route(router, context, "DELETE", kMessage, Body::kNone, delete_message);
  add_route(router, context, "PUT", kFeedback, Body::kJson, put_feedback);
  add_route(router, context, "DELETE", kFeedback, Body::kNone,
            [](const Call& call) { set_feedback(call, std::nullopt); });
  add_route(router, context, "GET", "/ui/feedback.jsonl", Body::kNone, export_feedback);
}

}  // namespace samovar::chat
