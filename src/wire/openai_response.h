// OpenAI's answers: plain structs -> JSON text. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat_message.h"

namespace samovar::wire {

struct Usage {
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;
  int64_t cached_tokens = 0;  // prompt_tokens_details, left out when 0
};

// The value of a member "usage".
void append_usage(std::string& out, const Usage& usage);

struct CompletionHead {  // the same in every chunk of one answer
  std::string id;        // "chatcmpl-..."
  std::string model;
  int64_t created = 0;  // Unix seconds
};

struct Delta {
  int64_t index = 0;   // of the choice
  bool first = false;  // says the role
  std::string content;
  std::string reasoning;
  std::vector<ToolCall> tool_calls;
  int64_t first_tool_index = 0;
  std::vector<Logprob> logprobs;
};

// Payloads of a stream's "data:" lines.
[[nodiscard]] std::string encode_openai_delta(const CompletionHead& head, const Delta& delta);
[[nodiscard]] std::string encode_openai_finish(const CompletionHead& head, int64_t index,
                                               std::string_view finish_reason);
[[nodiscard]] std::string encode_openai_usage(const CompletionHead& head, const Usage& usage);

// The answer in one piece.
struct OpenAiChoice {
  Delta message;
  std::string finish_reason;
};
[[nodiscard]] std::string encode_openai_completion(const CompletionHead& head,
                                                   std::span<const OpenAiChoice> choices, const Usage& usage);

struct OpenAiModel {
  std::string id;
  int64_t created = 0;
  std::string owned_by;
};
[[nodiscard]] std::string encode_openai_model(const OpenAiModel& model);
[[nodiscard]] std::string encode_openai_models(const std::vector<OpenAiModel>& models);

// {"error":{"message":...,"type":...,"param":null,"code":null}}; `code` is null when empty.
[[nodiscard]] std::string encode_openai_error(std::string_view message, std::string_view type,
                                              std::string_view code);

}  // namespace samovar::wire
