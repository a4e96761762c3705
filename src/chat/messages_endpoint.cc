// POST /ui/chats/{id}/messages and /ui/chats/{id}/retry
#include <strings.h>

#include "chat/endpoints.h"
#include "chat/message_request.h"
#include "chat/run_stream.h"

namespace samovar::chat {
namespace {

constexpr auto kMessages = "/ui/chats/{id}/messages";
constexpr auto kRetry = "/ui/chats/{id}/retry";

// Any page may post plain text to this machine; only one that this server has delivered (or allows) may
// post JSON. So a foreign page cannot talk to the model in a user's name.
bool is_json(const http::Request& request) {
  constexpr std::string_view kJson = "application/json";
  const std::string type(request.header("Content-Type"));
  return ::strncasecmp(type.c_str(), kJson.data(), kJson.size()) == 0;
}

// The conversation as a model wants it: the user first, roles in turn. Two messages of one role meet where
// an answer never came.
std::vector<text::ChatMessage> make_messages(const std::string& system_prompt,
                                             const std::vector<Turn>& turns) {
  std::vector<text::ChatMessage> messages;
  if (!system_prompt.empty()) messages.push_back({.role = "system", .content = system_prompt});
  for (const Turn& turn : turns) {
    const std::string role = turn.role == Turn::Role::kUser ? "user" : "assistant";
    const bool first = messages.empty() || messages.back().role == "system";
    if (first && role == "assistant") continue;
    if (!first && messages.back().role == role) {
      messages.back().content += "\n\n" + turn.content;
    } else {
      messages.push_back({.role = role, .content = turn.content});
    }
  }
  return messages;
}

backend::Request make_backend_request(const Deps& deps, const MessageRequest& request,
                                      const Snapshot& snapshot) {
  backend::Request made;
  made.model = request.model;
  made.messages = make_messages(request.settings.system_prompt, snapshot.turns);
  made.options.temperature = static_cast<float>(request.settings.temperature);
  made.options.num_predict = request.settings.max_tokens;
  made.deadline_ms = deps.deadline_ms;
  return made;
}

std::optional<Snapshot> take_snapshot(SessionHistory& history, const std::string& chat, Asked asked,
                                      MessageRequest& request) {
  if (asked == Asked::kRetry) return history.drop_answer(chat, std::move(request.history));
  return history.append_message(chat, std::move(request.text), std::move(request.history));
}

void handle(const Context& context, Asked asked, const http::Request& request,
            std::shared_ptr<http::ResponseWriter> writer) {
  const Result<std::string> id = chat_id(asked == Asked::kRetry ? kRetry : kMessages, request);
  if (!id) return send_error(*writer, id.error());
  if (!is_json(request)) {
    return send_error(*writer, {Code::kInvalidArgument, "Content-Type: expected application/json"});
  }
  Result<MessageRequest> parsed =
      parse_message_request(request.body, asked, context->deps.defaults, context->deps.limits);
  if (!parsed) return send_error(*writer, parsed.error());
  const std::string chat = session_chat(request, *id);
  if (!context->runs.claim(chat)) {
    return send_error(*writer, {Code::kConflict, "an answer is still being written in this chat"});
  }
  const std::optional<Snapshot> snapshot = take_snapshot(context->history, chat, asked, *parsed);
  if (!snapshot) {
    context->runs.release(chat);
    return send_error(*writer, {Code::kInvalidArgument, "history: there is no message to answer again"});
  }
  auto stream = std::make_shared<RunStream>(
      context, RunStream::Target{.chat = chat, .version = snapshot->version, .model = parsed->model},
      std::move(writer));
  backend::Request made = make_backend_request(context->deps, *parsed, *snapshot);
  made.client = "page:" + (request.user.empty() ? request.remote_address : request.user);
  made.user = request.user;
  stream->start(std::move(made));
}

}  // namespace

void add_messages(http::Router& router, const Context& context) {
  for (const auto& [path, asked] :
       {std::pair(kMessages, Asked::kMessage), std::pair(kRetry, Asked::kRetry)}) {
    router.add(
        "POST", path,
        [context, asked = asked](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
          handle(context, asked, request, std::move(writer));
        });
  }
}

}  // namespace samovar::chat
