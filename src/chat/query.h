// The part of an address behind '?'. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace samovar::chat {

// Decoded, with '+' as a blank; nullopt when it is not there.
[[nodiscard]] std::optional<std::string> query_value(const http::Request& request, std::string_view name);

struct NumberBounds {
  int64_t least = 0;
  int64_t most = INT64_MAX;
  int64_t fallback = 0;
};
// kInvalidArgument, naming the parameter.
[[nodiscard]] Result<int64_t> query_number(const http::Request& request, std::string_view name,
                                           const NumberBounds& bounds);

}  // namespace samovar::chat
