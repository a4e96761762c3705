// SQL and texts as PostgreSQL wants them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace samovar::history {

// `?` and `?2` -> `$1` and `$2`; not inside quotes.
[[nodiscard]] std::string number_marks(std::string_view sql);

// Bytes that are no UTF-8, and zeros, become U+FFFD: the server refuses both.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace samovar::history
