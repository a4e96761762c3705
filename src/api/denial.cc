#include "api/denial.h"

#include <utility>

#include "api/to_backend.h"
#include "wire/anthropic_response.h"
#include "wire/ollama_response.h"
#include "wire/openai_response.h"

namespace samovar::api {
namespace {

constexpr size_t kRequestIdLetters = 24;

std::string_view anthropic_denial(int status) {
  if (status == 401) return "authentication_error";
  if (status == 403) return "permission_error";
  return status == 429 ? "rate_limit_error" : "invalid_request_error";
}

struct OpenAiKind {
  std::string_view type;
  std::string_view code;
};

OpenAiKind openai_denial(int status) {
  if (status == 401) return {"invalid_request_error", "invalid_api_key"};
  if (status == 403) return {"invalid_request_error", "insufficient_permissions"};
  if (status == 429) return {"requests", "rate_limit_exceeded"};
  return {"invalid_request_error", ""};
}

}  // namespace

http::Response make_denial(std::string_view path, Denial denial) {
  http::Response out{.status = denial.status, .headers = std::move(denial.headers), .body = {}};
  out.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  if (path.starts_with("/v1/messages")) {
    out.body = wire::encode_anthropic_error(anthropic_denial(denial.status), denial.message,
                                            make_id("req_", kRequestIdLetters));
  } else if (path.starts_with("/v1/")) {
    const OpenAiKind kind = openai_denial(denial.status);
    out.body = wire::encode_openai_error(denial.message, kind.type, kind.code);
  } else {
    out.body = wire::encode_error(denial.message);
  }
  return out;
}

}  // namespace samovar::api
