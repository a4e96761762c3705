#include "chat/message_request.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "wire/json_depth.h"

namespace samovar::chat {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxModelBytes = 1024;
constexpr size_t kMaxHistoryTurns = 100'000;

Error invalid(const std::string& member, const std::string& why) {
  return {Code::kInvalidArgument, member + ": " + why};
}

std::string kind_of(const Json& value) {
  const std::string kind = value.type_name();
  return kind == "object" || kind == "array" ? "an " + kind : kind == "null" ? kind : "a " + kind;
}

// nullptr when the member is missing or null.
const Json* find_member(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

Result<std::string> read_text(const Json& value, const std::string& name, size_t max_bytes) {
  if (!value.is_string()) return invalid(name, "expected a string, got " + kind_of(value));
  auto text = value.get<std::string>();
  if (text.size() > max_bytes) {
    return Error{Code::kTooLarge, name + ": " + std::to_string(text.size()) + " bytes, at most " +
                                      std::to_string(max_bytes) + " are allowed"};
  }
  return text;
}

std::string number_text(double number) {
  const auto whole = static_cast<int64_t>(number);
  return static_cast<double>(whole) == number ? std::to_string(whole) : Json(number).dump();
}

Result<double> read_number(const Json& value, const std::string& name, double least, double most) {
  if (!value.is_number()) return invalid(name, "expected a number, got " + kind_of(value));
  const auto number = value.get<double>();
  if (number < least) return invalid(name, value.dump() + " is below the limit of " + number_text(least));
  if (number > most) return invalid(name, value.dump() + " is above the limit of " + number_text(most));
  return number;
}

Result<int32_t> read_integer(const Json& value, const std::string& name, int32_t least, int32_t most) {
  const Result<double> number = read_number(value, name, least, most);
  if (!number) return number.error();
  if (*number != std::floor(*number)) return invalid(name, value.dump() + " is not a whole number");
  return static_cast<int32_t>(*number);
}

Result<Settings> read_settings(const Json& object, Settings settings, const Limits& limits) {
  if (!object.is_object()) return invalid("settings", "expected an object, got " + kind_of(object));
  if (const Json* value = find_member(object, "temperature")) {
    const Result<double> read =
        read_number(*value, "settings.temperature", limits.min_temperature, limits.max_temperature);
    if (!read) return read.error();
    settings.temperature = *read;
  }
  if (const Json* value = find_member(object, "max_tokens")) {
    const Result<int32_t> read =
        read_integer(*value, "settings.max_tokens", limits.min_tokens, limits.max_tokens);
    if (!read) return read.error();
    settings.max_tokens = *read;
  }
  if (const Json* value = find_member(object, "system_prompt")) {
    Result<std::string> read = read_text(*value, "settings.system_prompt", limits.message_bytes);
    if (!read) return read.error();
    settings.system_prompt = *std::move(read);
  }
  return settings;
}

Result<Turn> read_turn(const Json& value, const std::string& name) {
  if (!value.is_object()) return invalid(name, "expected an object, got " + kind_of(value));
  const Json role = value.value("role", Json());
  if (role != "user" && role != "assistant") {
    return invalid(name + ".role", "expected \"user\" or \"assistant\"");
  }
  Turn turn;
  turn.role = role == "user" ? Turn::Role::kUser : Turn::Role::kAssistant;
  // A stored answer may be longer than any message; the body's own limit holds.
  Result<std::string> content = read_text(value.value("content", Json()), name + ".content", SIZE_MAX);
  if (!content) return content.error();
  turn.content = *std::move(content);
  return turn;
}

Result<std::vector<Turn>> read_history(const Json& value) {
  if (!value.is_array()) return invalid("history", "expected an array, got " + kind_of(value));
  if (value.size() > kMaxHistoryTurns) {
    return invalid("history", std::to_string(value.size()) + " entries, at most " +
                                  std::to_string(kMaxHistoryTurns) + " are allowed");
  }
  std::vector<Turn> turns;
  for (size_t i = 0; i < value.size(); ++i) {
    Result<Turn> turn = read_turn(value[i], "history[" + std::to_string(i) + "]");
    if (!turn) return turn.error();
    if (!turn->content.empty()) turns.push_back(*std::move(turn));
  }
  return turns;
}

Result<std::string> read_needed_text(const Json& root, const char* name, size_t max_bytes) {
  const Json* value = find_member(root, name);
  if (value == nullptr) return invalid(name, "missing");
  Result<std::string> text = read_text(*value, name, max_bytes);
  if (text && text->empty()) return invalid(name, "empty");
  return text;
}

}  // namespace

Result<MessageRequest> parse_message_request(std::string_view body, Asked asked, const Settings& defaults,
                                             const Limits& limits) {
  if (wire::nests_deeper_than(body, wire::kMaxJsonDepth)) {
    return Error{Code::kInvalidArgument,
                 "the body nests more than " + std::to_string(wire::kMaxJsonDepth) + " arrays and objects"};
  }
  const Json root = wire::parse_json_value<Json>(body);
  if (!root.is_object()) return Error{Code::kInvalidArgument, "the body is not a JSON object"};
  MessageRequest request{.model = {}, .text = {}, .settings = defaults, .history = {}};
  Result<std::string> model = read_needed_text(root, "model", kMaxModelBytes);
  if (!model) return model.error();
  request.model = *std::move(model);
  if (asked == Asked::kMessage) {
    Result<std::string> text = read_needed_text(root, "text", limits.message_bytes);
    if (!text) return text.error();
    request.text = *std::move(text);
  }
  if (const Json* value = find_member(root, "settings")) {
    Result<Settings> settings = read_settings(*value, defaults, limits);
    if (!settings) return settings.error();
    request.settings = *std::move(settings);
  }
  if (const Json* value = find_member(root, "history")) {
    Result<std::vector<Turn>> history = read_history(*value);
    if (!history) return history.error();
    request.history = *std::move(history);
  }
  return request;
}

}  // namespace samovar::chat
