// Who asks: the account, or the cookie that stands for a browser where there are none; and random names.
#pragma once

#include <cstddef>
#include <string>

#include "http/message.h"

namespace samovar::chat {

// Whose conversations the request is about: the account's that asks, else the browser's; "" when neither is
// known.
[[nodiscard]] std::string owner_of(const http::Request& request);

// The owner that the request's cookie names; "" when it has none, or a malformed one.
[[nodiscard]] std::string owner_in_cookie(const http::Request& request);

// A Set-Cookie value for that owner, and one that takes it away.
[[nodiscard]] std::string make_owner_cookie(const std::string& owner);
[[nodiscard]] std::string make_owner_cookie_end();

// `bytes` random bytes as hex, from the system's own source.
[[nodiscard]] std::string make_random_id(size_t bytes = 16);

}  // namespace samovar::chat
