// The settings of an answer as the page sends and the store keeps them: a JSON object, checked member by
// member. Pure.
#pragma once

#include <string>
#include <string_view>

#include "backend/backend.h"
#include "base/result.h"
#include "chat/limits.h"
#include "chat/prompt_turns.h"

namespace samovar::chat {

// `patch` laid over `base` (both JSON objects); null takes a member away. kInvalidArgument: "settings.top_p:
// 5 is above the limit of 1". Unknown members of `patch` are refused, of `base` kept.
[[nodiscard]] Result<std::string> merge_settings(const std::string& base, const std::string& patch,
                                                 const Limits& limits);

// Later ones win; each is a JSON object or empty.
[[nodiscard]] std::string overlay_settings(const std::string& first, const std::string& second);

// Fills in options, format and thinking; returns system prompt and summary. `settings` has been checked.
PromptParts apply_settings(const std::string& settings, backend::Request& request);

}  // namespace samovar::chat
