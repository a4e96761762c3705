// OLLAMA_HOST -> the base URL of a server.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::backend {

// "10.0.0.5", "box:8080", "::1", "https://ollama.example/prefix/" -> "http://10.0.0.5:11434",
// "http://box:8080", "http://[::1]:11434", "https://ollama.example:443/prefix". The port left out is 11434,
// but 80 or 443 behind a scheme, as Ollama has it; an empty host is 127.0.0.1.
// kInvalidArgument names OLLAMA_HOST and the value.
[[nodiscard]] Result<std::string> parse_ollama_address(std::string_view address);

// As above for "http://..." and "https://..." alone, without trimming: nothing when it is no such address.
[[nodiscard]] std::optional<std::string> parse_http_address(std::string_view url);

}  // namespace samovar::backend
