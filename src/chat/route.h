// Which of several servers a load balancer should ask for somebody's conversations: it hashes a cookie, so
// that all browsers of one account, and all that one browser asks for, meet in the same server.
#pragma once

#include <string>
#include <string_view>

namespace samovar::chat {

// A Set-Cookie value. It tells nothing of the owner, and no server relies on it: any can answer.
[[nodiscard]] std::string make_route_cookie(std::string_view owner);

}  // namespace samovar::chat
