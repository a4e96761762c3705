// Errors in the shapes of both dialects; wire/status.h has the table of HTTP statuses.
#pragma once

#include <string>

#include "base/error.h"
#include "http/message.h"

namespace samovar::api {

// Where an error arose. Ollama writes its own findings about a request with another Content-Type than
// what it passes on from a run; clients that compare see the same here.
enum class Origin { kRequest, kRun };

// {"error":"..."}
[[nodiscard]] http::Response make_ollama_error(int status, const std::string& message, Origin origin);
[[nodiscard]] http::Response make_ollama_error(const Error& error, Origin origin);

// {"error":{"message","type","param","code"}}
[[nodiscard]] std::string encode_openai_failure(const Error& error);
[[nodiscard]] http::Response make_openai_error(const Error& error, Origin origin);

// A whole JSON answer.
[[nodiscard]] http::Response make_ollama_json(std::string json);
[[nodiscard]] http::Response make_openai_json(const std::string& json);

}  // namespace samovar::api
