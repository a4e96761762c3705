#include "wire/base64.h"

#include <cstdint>

#include "base/ascii.h"

namespace samovar::wire {
namespace {

bool is_base64_digit(char c) { return (is_word(c) && c != '_') || c == '+' || c == '/'; }

}  // namespace

std::optional<size_t> find_base64_error(std::string_view text) {
  size_t digits = 0;
  size_t padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') continue;
    if (c == '=') {
      const bool allowed = digits % 4 >= 2 && digits % 4 + padding < 4;
      if (!allowed) return i;
      ++padding;
    } else if (padding > 0 || !is_base64_digit(c)) {
      return i;
    } else {
      ++digits;
    }
  }
  if ((digits + padding) % 4 != 0) return text.size();
  return std::nullopt;
}

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view part = bytes.substr(at, 3);
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; ++i) bits = bits << 8U | (i < part.size() ? static_cast<uint8_t>(part[i]) : 0U);
    for (size_t i = 0; i < 4; ++i) out += i <= part.size() ? kDigits[(bits >> (18U - 6U * i)) & 63U] : '=';
  }
  return out;
}

}  // namespace samovar::wire
