#include "api/errors.h"

#include <string_view>
#include <utility>

#include "wire/ollama_response.h"
#include "wire/openai_response.h"
#include "wire/status.h"

namespace samovar::api {
namespace {

std::string_view openai_type(int status) {
  if (status == 404) return "not_found_error";
  return status < 500 && status != 499 ? "invalid_request_error" : "api_error";
}

// OpenAI's clients know a few codes; Ollama never sends one.
std::string_view openai_code(Code code) { return code == Code::kTooLong ? "context_length_exceeded" : ""; }

constexpr auto kJson = "application/json";
constexpr auto kJsonUtf8 = "application/json; charset=utf-8";
constexpr auto kRetrySeconds = "5";

http::Response make_response(int status, const char* type, std::string body) {
  http::Response response{.status = status, .headers = {{"Content-Type", type}}, .body = std::move(body)};
  if (status == 503) response.headers.emplace_back("Retry-After", kRetrySeconds);
  return response;
}

}  // namespace

http::Response make_ollama_error(int status, const std::string& message, Origin origin) {
  return make_response(status, origin == Origin::kRun ? kJson : kJsonUtf8, wire::encode_error(message));
}

http::Response make_ollama_error(const Error& error, Origin origin) {
  return make_ollama_error(wire::http_status(error.code), error.message, origin);
}

std::string encode_openai_failure(const Error& error) {
  return wire::encode_openai_error(error.message, openai_type(wire::http_status(error.code)),
                                   openai_code(error.code));
}

http::Response make_openai_error(const Error& error, Origin origin) {
  const std::string body = encode_openai_failure(error);
  const int status = wire::http_status(error.code);
  return origin == Origin::kRun ? make_response(status, kJson, body + "\n")
                                : make_response(status, kJsonUtf8, body);
}

http::Response make_ollama_json(std::string json) { return make_response(200, kJsonUtf8, std::move(json)); }

http::Response make_openai_json(const std::string& json) { return make_response(200, kJson, json + "\n"); }

}  // namespace samovar::api
