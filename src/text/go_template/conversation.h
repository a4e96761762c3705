// Messages and tools as the values that Ollama gives to a Go template.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "text/chat_template.h"
#include "text/go_template/value.h"
#include "text/user_text.h"

namespace samovar::text::go_template {

// Neighbours of one role are one message, their texts a blank line apart; tool results stay alone.
[[nodiscard]] std::vector<ChatMessage> collated(const std::vector<ChatMessage>& messages);

// All system texts, a blank line apart.
[[nodiscard]] std::string system_text(const std::vector<ChatMessage>& messages);

// .Messages. Fails with kInvalidArgument when the arguments of a tool call are not a JSON object.
[[nodiscard]] Result<Value> messages_value(const std::vector<ChatMessage>& messages, const UserText& user);

// .Tools of a JSON array of tools, nil for none. Fails with kInvalidArgument when it is not one.
[[nodiscard]] Result<Value> tools_value(std::string_view tools_json, const UserText& user);

}  // namespace samovar::text::go_template
