// OpenAI's text completions (POST /v1/completions): request and answer, with Ollama's rules. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/openai_response.h"

namespace samovar::wire {

struct CompletionRequest {
  std::string model;
  std::vector<std::string> prompts;  // at least one
  int64_t n = 1;                     // answers to each
  std::string suffix;
  Options options;  // temperature and top_p are 1 unless given
  bool stream = false;
  bool include_usage = false;
  bool echo = false;  // the answer begins with the prompt
};

// Fails with kInvalidArgument, for prompts of token ids too.
[[nodiscard]] Result<CompletionRequest> parse_completion_request(std::string_view body);

// Payloads of a stream's "data:" lines; `usage` in each when it was asked for, as Ollama has it.
struct CompletionChoice {
  int64_t index = 0;
  std::string text;
  std::string finish_reason;  // empty: it goes on
};
[[nodiscard]] std::string encode_completion_delta(const CompletionHead& head, const CompletionChoice& choice,
                                                  const Usage* usage);
[[nodiscard]] std::string encode_completion_usage(const CompletionHead& head, const Usage& usage);

[[nodiscard]] std::string encode_completion(const CompletionHead& head,
                                            std::span<const CompletionChoice> choices, const Usage& usage);

}  // namespace samovar::wire
