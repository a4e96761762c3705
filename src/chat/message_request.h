// Bodies of POST /ui/chats/{id}/messages and /retry -> plain values, every member checked. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/service.h"

namespace samovar::chat {

struct MessageRequest {
  std::string model;
  std::string text;  // messages only
  Settings settings;
  std::vector<Turn> history;
};

enum class Asked { kMessage, kRetry };

// Settings left out (or null) are `defaults`. Fails with kInvalidArgument, or kTooLarge for a text over the
// limit; the message begins with the member's name: "settings.temperature: 5 is above the limit of 2".
[[nodiscard]] Result<MessageRequest> parse_message_request(std::string_view body, Asked asked,
                                                           const Settings& defaults, const Limits& limits);

}  // namespace samovar::chat
