// Refusals that come before any endpoint has looked at a request, in the shape of the API that it belongs to.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace samovar::api {

struct Denial {
  int status = 400;  // 400, 401, 403, 415, 429
  std::string message;
  http::Headers headers;  // beside Content-Type
};

// `path`: /v1/messages... is Anthropic's, the rest of /v1/... OpenAI's, anything else Ollama's.
[[nodiscard]] http::Response make_denial(std::string_view path, Denial denial);

}  // namespace samovar::api
