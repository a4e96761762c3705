#include "catalog/go_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "catalog/metadata_json.h"
#include "wire/json_depth.h"

namespace samovar::catalog {
namespace {

using Json = nlohmann::json;

Error invalid(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

std::string write(const Json& value) {
  if (value.is_string()) return quote_json(value.get<std::string>());
  if (value.is_number_float()) return format_number(value.get<double>());
  if (!value.is_structured()) return value.dump();
  std::string out(1, value.is_array() ? '[' : '{');
  for (const auto& [name, member] : value.items()) {
    if (out.size() > 1) out += ',';
    if (value.is_object()) out += quote_json(name) + ':';
    out += write(member);
  }
  return out + (value.is_array() ? ']' : '}');
}

Result<Json> parse_object(std::string_view text) {
  if (text.empty()) return Json::object();
  Json json = wire::parse_json_value<Json>(text);
  if (!json.is_object()) return invalid("parameters must be a JSON object");
  return json;
}

struct ParameterType {
  std::string_view name;
  std::string_view type;
};

constexpr auto kParameterTypes = std::to_array<ParameterType>({
    {"draft_num_predict", "integer"},
    {"frequency_penalty", "float32"},
    {"main_gpu", "integer"},
    {"min_p", "float32"},
    {"num_batch", "integer"},
    {"num_ctx", "integer"},
    {"num_gpu", "integer"},
    {"num_keep", "integer"},
    {"num_predict", "integer"},
    {"num_thread", "integer"},
    {"presence_penalty", "float32"},
    {"repeat_last_n", "integer"},
    {"repeat_penalty", "float32"},
    {"seed", "integer"},
    {"stop", "array"},
    {"temperature", "float32"},
    {"top_k", "integer"},
    {"top_p", "float32"},
    {"typical_p", "float32"},
    {"use_mmap", "boolean"},
});

bool fits(const Json& value, std::string_view type) {
  if (value.is_null()) return true;
  if (type == "boolean") return value.is_boolean();
  if (type != "array") return value.is_number();
  if (value.is_string()) return true;
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_string(); });
}

}  // namespace

Result<std::string> merge_params(std::string_view base, std::string_view over) {
  Result<Json> merged = parse_object(base);
  if (!merged) return merged.error();
  const Result<Json> more = parse_object(over);
  if (!more) return more.error();
  for (const auto& [name, value] : more->items()) {
    if (!value.is_null()) (*merged)[name] = value;
  }
  return merged->empty() ? std::string() : write(*merged) + "\n";
}

Result<std::string> normalize_messages(std::string_view text) {
  const Json json = wire::parse_json_value<Json>(text);
  if (!json.is_array()) return invalid("messages must be a JSON array");
  std::string out = "[";
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string where = "messages[" + std::to_string(i) + "]";
    if (!json[i].is_object()) return invalid(where + " is not an object");
    const Json role = json[i].value("role", Json());
    const Json content = json[i].value("content", Json(""));
    if (role != "system" && role != "user" && role != "assistant") {
      return invalid(where + ": the role must be \"system\", \"user\" or \"assistant\", not " + role.dump());
    }
    if (!content.is_string()) return invalid(where + ": the content must be a text");
    out +=
        (i > 0 ? "," : "") + std::string("{\"role\":") + write(role) + ",\"content\":" + write(content) + "}";
  }
  return out + "]\n";
}

Result<void> check_params(std::string_view text) {
  const Result<Json> json = parse_object(text);
  if (!json) return json.error();
  for (const auto& [name, value] : json->items()) {
    for (const ParameterType& known : kParameterTypes) {
      if (known.name != name || fits(value, known.type)) continue;
      const std::string type =
          known.type == "array" ? "an array of strings" : "type " + std::string(known.type);
      return invalid("option \"" + name + "\" must be of " + type);
    }
  }
  return {};
}

}  // namespace samovar::catalog
