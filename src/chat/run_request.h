// The body of POST /ui/chats/{id}/runs -> plain values, every member checked. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "chat/begin_run.h"

namespace samovar::chat {

// Fails with kInvalidArgument, or kTooLarge for a text over the limit; the message begins with the member's
// name.
[[nodiscard]] Result<BeginRun> parse_begin_run(std::string_view body, const Limits& limits);

}  // namespace samovar::chat
