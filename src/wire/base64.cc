#include "wire/base64.h"

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

}  // namespace samovar::wire
