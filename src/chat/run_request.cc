#include "chat/run_request.h"

#include "chat/body.h"

namespace samovar::chat {
namespace {

constexpr size_t kMaxModelName = 1024;
constexpr size_t kMaxAttachments = 20;

void read_question(BodyReader& body, BeginRun& begin, const Limits& limits) {
  if (!body.has("message") || !body.json()["message"].is_object()) {
    body.fail("message", "expected an object with the content");
    return;
  }
  BodyReader message(body.json()["message"], "message.");
  message.id("id", begin.message_id);
  message.text("content", limits.message_bytes, begin.content);
  message.ids("attachments", kMaxAttachments, begin.attachments);
  if (message.is_null("parent")) {
    begin.parent = std::optional<std::string>();
  } else if (message.has("parent")) {
    std::string parent;
    message.id("parent", parent);
    begin.parent = parent;
  }
  if (begin.content.find_first_not_of(" \t\r\n") == std::string::npos && begin.attachments.empty())
    message.fail("content", "empty");
  if (!message.ok()) {
    const Error& error = message.error();
    // The name is in the message already.
    const size_t colon = error.message.find(": ");
    body.fail(error.message.substr(0, colon).c_str(), error.message.substr(colon + 2), error.code);
  }
}

}  // namespace

Result<BeginRun> parse_begin_run(std::string_view text, const Limits& limits) {
  Result<BodyReader> body = BodyReader::parse(text);
  if (!body) return body.error();
  BeginRun begin;
  begin.limits = limits;
  std::string kind = "message";
  body->text("kind", 20, kind);
  body->text("model", kMaxModelName, begin.model);
  body->id("answer_id", begin.answer_id);
  body->object("settings", begin.settings_patch);
  body->flag("beside", begin.beside);
  body->text("profile", 100, begin.profile);
  if (kind == "message") {
    read_question(*body, begin, limits);
  } else if (kind == "regenerate" || kind == "continue") {
    begin.kind = kind == "continue" ? BeginRun::Kind::kContinue : BeginRun::Kind::kRegenerate;
    if (!body->has("message")) body->fail("message", "missing");
    body->id("message", begin.message_id);
  } else {
    body->fail("kind", "'" + kind + "' is none of message, regenerate, continue");
  }
  if (!body->ok()) return body->error();
  return begin;
}

}  // namespace samovar::chat
