#include "api/errors.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "wire/ollama_response.h"
#include "wire/openai_response.h"

namespace samovar::api {
namespace {

struct Row {
  Code code;
  int status;
  std::string_view openai_type;
  std::string_view openai_code;  // empty: null
};

constexpr std::string_view kInvalid = "invalid_request_error";
constexpr std::string_view kServer = "api_error";
constexpr std::array<Row, 14> kTable = {{
    {Code::kInvalidArgument, 400, kInvalid, ""},
    {Code::kNotFound, 404, "not_found_error", ""},
    {Code::kCorrupt, 500, kServer, ""},
    {Code::kUnsupported, 400, kInvalid, ""},
    {Code::kTooLong, 400, kInvalid, "context_length_exceeded"},
    {Code::kTooLarge, 413, kInvalid, ""},
    {Code::kBusy, 503, kServer, ""},
    {Code::kTimeout, 504, kServer, ""},
    {Code::kCancelled, 499, kServer, ""},
    {Code::kOutOfMemory, 500, kServer, ""},
    {Code::kUnavailable, 502, kServer, ""},
    {Code::kConflict, 409, kInvalid, ""},
    {Code::kIo, 500, kServer, ""},
    {Code::kInternal, 500, kServer, ""},
}};

constexpr auto kJson = "application/json";
constexpr auto kJsonUtf8 = "application/json; charset=utf-8";
constexpr auto kRetrySeconds = "5";

const Row& row_of(Code code) {
  const auto* found =
      std::find_if(kTable.begin(), kTable.end(), [code](const Row& row) { return row.code == code; });
  return found == kTable.end() ? kTable.back() : *found;
}

http::Response make_response(int status, const char* type, std::string body) {
  http::Response response{.status = status, .headers = {{"Content-Type", type}}, .body = std::move(body)};
  if (status == 503) response.headers.emplace_back("Retry-After", kRetrySeconds);
  return response;
}

}  // namespace

int http_status(Code code) { return row_of(code).status; }

http::Response make_ollama_error(int status, const std::string& message, Origin origin) {
  return make_response(status, origin == Origin::kRun ? kJson : kJsonUtf8, wire::encode_error(message));
}

http::Response make_ollama_error(const Error& error, Origin origin) {
  return make_ollama_error(http_status(error.code), error.message, origin);
}

std::string encode_openai_failure(const Error& error) {
  const Row& row = row_of(error.code);
  return wire::encode_openai_error(error.message, row.openai_type, row.openai_code);
}

http::Response make_openai_error(const Error& error, Origin origin) {
  const std::string body = encode_openai_failure(error);
  const int status = http_status(error.code);
  return origin == Origin::kRun ? make_response(status, kJson, body + "\n")
                                : make_response(status, kJsonUtf8, body);
}

http::Response make_ollama_json(std::string json) { return make_response(200, kJsonUtf8, std::move(json)); }

http::Response make_openai_json(const std::string& json) { return make_response(200, kJson, json + "\n"); }

}  // namespace samovar::api
