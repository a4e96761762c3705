#include "chat/body.h"

#include "chat/endpoints.h"
#include "wire/json_depth.h"

namespace samovar::chat {

Result<BodyReader> BodyReader::parse(std::string_view body) {
  if (wire::nests_deeper_than(body, wire::kMaxJsonDepth)) {
    return Error{Code::kInvalidArgument,
                 "the body nests more than " + std::to_string(wire::kMaxJsonDepth) + " arrays and objects"};
  }
  auto json = wire::parse_json_value<nlohmann::json>(body);
  if (!json.is_object()) return Error{Code::kInvalidArgument, "the body is not a JSON object"};
  return BodyReader(std::move(json), "");
}

bool BodyReader::fail(const char* name, const std::string& why, Code code) {
  if (!error_) error_ = Error{code, prefix_ + name + ": " + why};
  return false;
}

bool BodyReader::text(const char* name, size_t max_bytes, std::string& to) {
  if (!has(name)) return ok();
  const nlohmann::json& value = json_[name];
  if (!value.is_string()) return fail(name, std::string("expected a string, got ") + value.type_name());
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > max_bytes) {
    return fail(name,
                std::to_string(text.size()) + " bytes, at most " + std::to_string(max_bytes) + " are allowed",
                Code::kTooLarge);
  }
  to = text;
  return ok();
}

bool BodyReader::id(const char* name, std::string& to) {
  if (!has(name)) return ok();
  const nlohmann::json& value = json_[name];
  if (!value.is_string() || !is_id(value.get_ref<const std::string&>())) {
    return fail(name, "expected an id: 1 to 64 of A-Z, a-z, 0-9, '_' and '-'");
  }
  to = value.get<std::string>();
  return ok();
}

bool BodyReader::flag(const char* name, bool& to) {
  if (!has(name)) return ok();
  if (!json_[name].is_boolean()) return fail(name, "expected true or false");
  to = json_[name].get<bool>();
  return ok();
}

bool BodyReader::ids(const char* name, size_t most, std::vector<std::string>& to) {
  if (!has(name)) return ok();
  const nlohmann::json& value = json_[name];
  if (!value.is_array()) return fail(name, "expected an array of ids");
  if (value.size() > most)
    return fail(name,
                std::to_string(value.size()) + " of them, at most " + std::to_string(most) + " are allowed");
  for (const nlohmann::json& item : value) {
    if (!item.is_string() || !is_id(item.get_ref<const std::string&>())) return fail(name, "expected ids");
    to.push_back(item.get<std::string>());
  }
  return ok();
}

bool BodyReader::object(const char* name, std::string& to) {
  if (!has(name) || is_null(name)) return ok();
  if (!json_[name].is_object()) return fail(name, "expected an object");
  to = json_[name].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return ok();
}

}  // namespace samovar::chat
