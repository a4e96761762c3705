// OpenAI's text completions (POST /v1/completions): request and answer, with Ollama's rules. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/openai_response.h"

namespace samovar::wire {

struct CompletionRequest {
  std::string model;
  std::string prompt;
  std::string suffix;
  Options options;  // temperature and top_p are 1 unless given
  bool stream = false;
  bool include_usage = false;
  bool echo = false;  // the answer begins with the prompt
};

// A prompt may also be a list of one text. Fails with kInvalidArgument.
[[nodiscard]] Result<CompletionRequest> parse_completion_request(std::string_view body);

// Payloads of a stream's "data:" lines; `usage` in each when it was asked for, as Ollama has it.
[[nodiscard]] std::string encode_completion_delta(const CompletionHead& head, std::string_view text,
                                                  std::string_view finish_reason, const Usage* usage);
[[nodiscard]] std::string encode_completion_usage(const CompletionHead& head, const Usage& usage);

[[nodiscard]] std::string encode_completion(const CompletionHead& head, std::string_view text,
                                            std::string_view finish_reason, const Usage& usage);

}  // namespace samovar::wire
