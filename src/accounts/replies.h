// Answers in the shape of the page's API (docs/page-api.md), and the members of a request's JSON body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "wire/json.h"

namespace samovar::accounts {

void send_error(http::ResponseWriter& writer, const Error& error, http::Headers more = {});
void send_json(http::ResponseWriter& writer, std::string body, http::Headers more = {});
void send_nothing(http::ResponseWriter& writer, http::Headers more = {});

// Each reader leaves `to` alone when the member is missing; the first mistake stands and begins with the
// member's name.
class Fields {
 public:
  // kInvalidArgument when the Content-Type is not JSON's, or the body is no JSON object. The request outlives
  // the result.
  [[nodiscard]] static Result<Fields> parse(const http::Request& request);

  [[nodiscard]] bool has(std::string_view name) const { return json_.member(name) != nullptr; }
  Fields& text(std::string_view name, size_t max_bytes, std::string& to);
  Fields& needed_text(std::string_view name, size_t max_bytes, std::string& to);
  Fields& number(std::string_view name, int64_t most, int64_t& to);  // whole, from 0
  Fields& flag(std::string_view name, bool& to);
  Fields& fail(std::string_view name, const std::string& why);

  [[nodiscard]] const Result<void>& state() const { return state_; }

 private:
  explicit Fields(wire::Json json) : json_(std::move(json)) {}

  wire::Json json_;
  Result<void> state_;
};

// The value of a part of the address behind '?', as a whole number; `fallback` when it is missing or is none.
[[nodiscard]] int64_t query_number(const http::Request& request, std::string_view name, int64_t fallback);

}  // namespace samovar::accounts
