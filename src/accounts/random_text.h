// Random names and secrets, and the hash under which secrets are kept. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace samovar::accounts {

// `n_bytes` from the system's generator, as hex.
[[nodiscard]] std::string make_random_hex(size_t n_bytes);

// The id of a new account: "u" and 24 hex digits. Never of the form that a browser's own cookie has.
[[nodiscard]] std::string make_user_id();

// A code that people can type: "k7mq-x2hd-9fwr-c4np", 79 bits, without letters that look alike.
[[nodiscard]] std::string make_code();
// As it was made, whatever case, blanks and dashes were typed.
[[nodiscard]] std::string tidy_code(std::string_view typed);

// BLAKE2b-256 as hex: for secrets that are random themselves.
[[nodiscard]] std::string hash_token(std::string_view token);

// In the same time wherever they differ.
[[nodiscard]] bool are_same(std::string_view a, std::string_view b);

}  // namespace samovar::accounts
