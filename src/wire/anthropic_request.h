// Anthropic's messages (POST /v1/messages) read with Ollama's rules and error texts. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/chat_message.h"

namespace samovar::wire {

struct AnthropicRequest {
  std::string model;
  std::vector<Message> messages;  // the system text first, tool results as messages of role "tool"
  std::string tools_json;         // as OpenAI has them, or empty; empty for tool_choice "none"
  std::string tool_choice;        // empty: the model decides; "required", or a tool's name
  Options options;
  Think think;
  bool stream = false;
};

// For counting tokens max_tokens is not needed.
enum class AnthropicUse { kAnswer, kCount };
[[nodiscard]] Result<AnthropicRequest> parse_anthropic_request(std::string_view body, AnthropicUse use);

}  // namespace samovar::wire
