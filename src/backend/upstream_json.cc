#include "backend/upstream_json.h"

#include "backend/upstream_error.h"
#include "wire/json_depth.h"

namespace samovar::backend {
namespace {

bool has_words(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Code code_of_status(int status) {
  switch (status) {
    case 400:
    case 422:
      return Code::kInvalidArgument;
    case 404:
      return Code::kNotFound;
    case 408:
    case 504:
      return Code::kTimeout;
    case 413:
      return Code::kTooLarge;
    case 429:
    case 503:
      return Code::kBusy;
    default:
      return Code::kUnavailable;
  }
}

}  // namespace

OrderedJson parse_json_text(std::string_view text) { return wire::parse_json_value<OrderedJson>(text); }

OrderedJson parse_or_null(const std::string& text) {
  OrderedJson json = parse_json_text(text);
  return json.is_discarded() ? OrderedJson() : json;
}

std::string dump_json(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

const OrderedJson& member(const OrderedJson& object, const char* key) {
  static const OrderedJson null;
  if (!object.is_object()) return null;
  const auto at = object.find(key);
  return at != object.end() ? *at : null;
}

std::string text_of(const OrderedJson& object, const char* key) {
  const OrderedJson& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

int64_t integer_of(const OrderedJson& object, const char* key) {
  const OrderedJson& value = member(object, key);
  return value.is_number_integer() ? value.get<int64_t>() : 0;
}

bool boolean_of(const OrderedJson& object, const char* key) {
  const OrderedJson& value = member(object, key);
  return value.is_boolean() && value.get<bool>();
}

std::vector<std::string> texts_of(const OrderedJson& object, const char* key) {
  std::vector<std::string> texts;
  for (const OrderedJson& value : member(object, key)) {
    if (value.is_string()) texts.push_back(value.get<std::string>());
  }
  return texts;
}

std::vector<float> floats_of(const OrderedJson& array) {
  std::vector<float> out;
  out.reserve(array.size());
  for (const OrderedJson& value : array) {
    if (value.is_number()) out.push_back(value.get<float>());
  }
  return out;
}

std::string error_words(const OrderedJson& body) {
  const OrderedJson& error = member(body, "error");
  if (error.is_object()) return text_of(error, "message");
  if (error.is_string()) {
    const auto text = error.get<std::string>();
    if (!text.starts_with('{')) return text;
    const std::string inner = error_words(parse_json_text(text));
    return inner.empty() ? text : inner;
  }
  if (std::string message = text_of(body, "message"); !message.empty()) return message;
  const OrderedJson& detail = member(body, "detail");
  if (detail.is_string()) return detail.get<std::string>();
  return detail.is_null() ? std::string() : dump_json(detail);
}

Error broken_answer(std::string_view what, std::string_view body) {
  constexpr size_t kShownBytes = 120;
  return {Code::kUnavailable,
          std::string(what) + ": " + dump_json(OrderedJson(std::string(body.substr(0, kShownBytes))))};
}

Error explain_failure(std::string message) {
  if (has_words(message, "more system memory")) return {Code::kOutOfMemory, std::move(message)};
  if (has_words(message, "context size") || has_words(message, "context length") ||
      has_words(message, "context window")) {
    return {Code::kTooLong, std::move(message)};
  }
  return {Code::kUnavailable, std::move(message)};
}

Error decode_error(int status, std::string_view body, const std::string& place) {
  std::string message = error_words(parse_json_text(body));
  if (message.empty()) {
    Error error = broken_answer(place + " answered with status " + std::to_string(status), body);
    error.code = status == 429 || status == 503 ? Code::kBusy : status == 504 ? Code::kTimeout : error.code;
    return error;
  }
  Error error = explain_failure(std::move(message));
  if (error.code == Code::kUnavailable) error.code = code_of_status(status);
  return error;
}

}  // namespace samovar::backend
