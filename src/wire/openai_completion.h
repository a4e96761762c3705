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

struct CompletionPrompt {
  std::string text;
  std::vector<int32_t> tokens;  // instead of `text` when there are some
};

struct CompletionRequest {
  std::string model;
  std::vector<CompletionPrompt> prompts;  // at least one
  int64_t n = 1;                          // answers to each
  std::string suffix;
  Options options;  // temperature and top_p are 1 unless given
  bool stream = false;
  bool include_usage = false;
  bool echo = false;  // the answer begins with the prompt; not together with token ids or log-probabilities
  std::optional<int64_t> logprobs;  // so many likely tokens beside each; 0: only those that were taken
};

// Fails with kInvalidArgument.
[[nodiscard]] Result<CompletionRequest> parse_completion_request(std::string_view body);

// Payloads of a stream's "data:" lines; `usage` in each when it was asked for, as Ollama has it.
struct CompletionChoice {
  int64_t index = 0;
  std::string text;
  std::string finish_reason;  // empty: it goes on
  std::vector<Logprob> logprobs;
  int64_t text_offset = 0;  // characters of the answer before `text`
};
[[nodiscard]] std::string encode_completion_delta(const CompletionHead& head, const CompletionChoice& choice,
                                                  const Usage* usage);
[[nodiscard]] std::string encode_completion_usage(const CompletionHead& head, const Usage& usage);

[[nodiscard]] std::string encode_completion(const CompletionHead& head,
                                            std::span<const CompletionChoice> choices, const Usage& usage);

}  // namespace samovar::wire
