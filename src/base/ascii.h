// ASCII characters, whatever the locale; other bytes are left alone.
#pragma once

#include <string>
#include <string_view>

namespace samovar {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A letter, a digit or an underscore.
[[nodiscard]] constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

[[nodiscard]] inline std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace samovar
