#include "accounts/replies.h"

#include <charconv>

#include "base/ascii.h"
#include "http/request_parts.h"
#include "wire/json_writer.h"
#include "wire/status.h"

namespace samovar::accounts {
namespace {

http::Headers with_json(http::Headers more) {
  more.emplace_back("Content-Type", "application/json");
  more.emplace_back("Cache-Control", "no-store");
  return more;
}

}  // namespace

void send_error(http::ResponseWriter& writer, const Error& error, http::Headers more) {
  std::string inner;
  wire::ObjectWriter(inner)
      .add("code", to_string(error.code))
      .add("message", std::string_view(error.message))
      .close();
  writer.send({.status = wire::http_status(error.code),
               .headers = with_json(std::move(more)),
               .body = "{\"error\":" + inner + "}"});
}

void send_json(http::ResponseWriter& writer, std::string body, http::Headers more) {
  writer.send({.status = 200, .headers = with_json(std::move(more)), .body = std::move(body)});
}

void send_nothing(http::ResponseWriter& writer, http::Headers more) {
  more.emplace_back("Cache-Control", "no-store");
  writer.send({.status = 204, .headers = std::move(more), .body = {}});
}

Result<Fields> Fields::parse(const http::Request& request) {
  // A foreign page cannot send this type without being asked first.
  if (!to_lower(request.header("Content-Type")).starts_with("application/json"))
    return Error{Code::kInvalidArgument, "Content-Type: expected application/json"};
  auto json = wire::parse_json(request.body, {.max_depth = 8, .max_values = 1000});
  if (!json || json->kind != wire::Json::Kind::kObject)
    return Error{Code::kInvalidArgument, "the body is not a JSON object"};
  return Fields(*std::move(json));
}

Fields& Fields::fail(std::string_view name, const std::string& why) {
  if (state_) state_ = Error{Code::kInvalidArgument, std::string(name) + ": " + why};
  return *this;
}

Fields& Fields::text(std::string_view name, size_t max_bytes, std::string& to) {
  const wire::Json* member = json_.member(name);
  if (member == nullptr || member->kind == wire::Json::Kind::kNull) return *this;
  if (member->kind != wire::Json::Kind::kString)
    return fail(name, "expected a string, got " + std::string(wire::kind_name(member->kind)));
  if (member->text.size() > max_bytes)
    return fail(name, "at most " + std::to_string(max_bytes) + " bytes are allowed");
  to = member->text;
  return *this;
}

Fields& Fields::needed_text(std::string_view name, size_t max_bytes, std::string& to) {
  if (!has(name)) return fail(name, "it is missing");
  return text(name, max_bytes, to);
}

Fields& Fields::number(std::string_view name, int64_t most, int64_t& to) {
  const wire::Json* member = json_.member(name);
  if (member == nullptr) return *this;
  int64_t value = -1;
  if (member->kind == wire::Json::Kind::kNumber) {
    const std::string_view raw = member->raw;
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    if (error != std::errc() || end != raw.data() + raw.size()) value = -1;
  }
  if (value < 0 || value > most)
    return fail(name, "expected a whole number from 0 to " + std::to_string(most));
  to = value;
  return *this;
}

Fields& Fields::flag(std::string_view name, bool& to) {
  const wire::Json* member = json_.member(name);
  if (member == nullptr) return *this;
  if (member->kind != wire::Json::Kind::kBool) return fail(name, "expected true or false");
  to = member->boolean;
  return *this;
}

int64_t query_number(const http::Request& request, std::string_view name, int64_t fallback) {
  const std::string text = http::query_value(request, name).value_or("");
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? value : fallback;
}

}  // namespace samovar::accounts
