// Anthropic's answers: plain structs -> JSON text and events of a stream. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat_message.h"

namespace samovar::wire {

struct AnthropicUsage {
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
  int64_t cached_tokens = 0;  // left out when 0
};

struct AnthropicMessage {
  std::string id;
  std::string model;
  std::string thinking;
  std::string text;
  std::vector<ToolCall> tool_calls;
  std::string stop_reason;
  AnthropicUsage usage;
};
[[nodiscard]] std::string encode_anthropic_message(const AnthropicMessage& message);

// One event: "event: ...\ndata: {...}\n\n".
[[nodiscard]] std::string encode_message_start(const AnthropicMessage& head);
enum class BlockKind { kText, kThinking };
[[nodiscard]] std::string encode_block_start(int64_t index, BlockKind kind);
[[nodiscard]] std::string encode_block_delta(int64_t index, BlockKind kind, std::string_view text);
[[nodiscard]] std::string encode_block_stop(int64_t index);
// Start, arguments and stop of a call.
[[nodiscard]] std::string encode_tool_block(int64_t index, const ToolCall& call);
// The last two events.
[[nodiscard]] std::string encode_message_end(std::string_view stop_reason, const AnthropicUsage& usage);

[[nodiscard]] std::string encode_anthropic_error(std::string_view type, std::string_view message,
                                                 std::string_view request_id);
[[nodiscard]] std::string encode_error_event(std::string_view error_json);

}  // namespace samovar::wire
