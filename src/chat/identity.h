// Who asks: the cookie that stands for a browser until there are accounts, and random names.
#pragma once

#include <cstddef>
#include <string>

#include "http/message.h"

namespace samovar::chat {

// The owner that the request's cookie names; "" when it has none, or a malformed one.
[[nodiscard]] std::string owner_in_cookie(const http::Request& request);

// A Set-Cookie value for that owner.
[[nodiscard]] std::string make_owner_cookie(const std::string& owner);

// `bytes` random bytes as hex, from the system's own source.
[[nodiscard]] std::string make_random_id(size_t bytes = 16);

}  // namespace samovar::chat
