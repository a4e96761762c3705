// The part of an address behind '?'. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace samovar::chat {

struct NumberBounds {
  int64_t least = 0;
  int64_t most = INT64_MAX;
  int64_t fallback = 0;
};
// kInvalidArgument, naming the parameter.
[[nodiscard]] Result<int64_t> query_number(const http::Request& request, std::string_view name,
                                           const NumberBounds& bounds);

}  // namespace samovar::chat
