// OpenAI's chat completion requests, read with the rules and error texts of Ollama's /v1 endpoint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/chat_message.h"

namespace samovar::wire {

struct OpenAiChatRequest {
  std::string model;
  std::vector<Message> messages;
  std::string tools_json;   // a JSON array with at least one tool, or empty; empty for tool_choice "none"
  std::string tool_choice;  // empty: the model decides; "required", or a tool's name
  std::string format;       // "json", a schema's JSON, or empty
  Options options;          // temperature and top_p are 1 unless given, as OpenAI has them
  Think think;
  bool stream = false;
  bool include_usage = false;
  bool logprobs = false;
  int64_t top_logprobs = 0;  // not yet checked
  int64_t n = 1;             // answers
};

// Fails with kInvalidArgument; an empty body is "EOF". max_completion_tokens, which Ollama ignores, wins
// over its older name max_tokens. Text parts of one message are joined by line breaks.
[[nodiscard]] Result<OpenAiChatRequest> parse_openai_chat_request(std::string_view body);

}  // namespace samovar::wire
