// Whether a request was made by a page of this server: a browser says so itself, and no page can make it lie.
// Pure.
#pragma once

#include "http/message.h"

namespace samovar::accounts {

// GET, HEAD and OPTIONS change nothing here.
[[nodiscard]] bool changes_something(const http::Request& request);

// Neither header is there: no browser of these days sent it.
[[nodiscard]] bool tells_origin(const http::Request& request);

// By Sec-Fetch-Site where it is there, else by Origin against Host. False when neither is.
[[nodiscard]] bool is_same_origin(const http::Request& request);

}  // namespace samovar::accounts
