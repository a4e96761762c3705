// Members of a request's JSON body, checked; errors begin with the member's name. Include only in .cc files
// that parse.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::chat {

class BodyReader {
 public:
  // kInvalidArgument: "the body is not a JSON object".
  [[nodiscard]] static Result<BodyReader> parse(std::string_view body);
  BodyReader(nlohmann::json json, std::string prefix) : json_(std::move(json)), prefix_(std::move(prefix)) {}

  [[nodiscard]] bool has(const char* name) const { return json_.contains(name); }
  [[nodiscard]] bool is_null(const char* name) const { return has(name) && json_[name].is_null(); }
  [[nodiscard]] const nlohmann::json& json() const { return json_; }

  // Each leaves `to` alone when the member is missing; false after a mistake, which error() then tells. The
  // first counts.
  bool text(const char* name, size_t max_bytes, std::string& to);
  bool id(const char* name, std::string& to);
  bool flag(const char* name, bool& to);
  bool ids(const char* name, size_t most, std::vector<std::string>& to);
  bool object(const char* name, std::string& to);  // as JSON text
  bool fail(const char* name, const std::string& why, Code code = Code::kInvalidArgument);

  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  nlohmann::json json_;
  std::string prefix_;
  std::optional<Error> error_;
};

}  // namespace samovar::chat
