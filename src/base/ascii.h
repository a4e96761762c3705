// Classes of ASCII characters, whatever the locale.
#pragma once

namespace samovar {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A letter, a digit or an underscore.
[[nodiscard]] constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

}  // namespace samovar
