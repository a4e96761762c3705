// SAMOVAR_UPSTREAM -> which servers answer, and in which language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::backend {

struct UpstreamAddress {
  enum class Kind { kOllama, kOpenAi };
  Kind kind = Kind::kOllama;
  std::string base_url;  // "http://10.0.0.5:11434", "https://host:443/v1"; no slash at its end
};

// "openai+http://host:8000/v1, ollama+https://other" and plain "http://host:11434" (an Ollama), separated by
// commas or spaces, each once. The port left out is 80 or 443; an OpenAI address without a path gets "/v1".
// kInvalidArgument names SAMOVAR_UPSTREAM and the value that is wrong.
[[nodiscard]] Result<std::vector<UpstreamAddress>> parse_upstreams(std::string_view text);

}  // namespace samovar::backend
