#include "history/postgres_sql.h"

#include <algorithm>

#include "base/utf8.h"

namespace samovar::history {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string number_marks(std::string_view sql) {
  std::string out;
  int n_marks = 0;
  bool quoted = false;
  for (size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (c == '\'') quoted = !quoted;
    if (c != '?' || quoted) {
      out += c;
      continue;
    }
    out += '$';
    if (i + 1 < sql.size() && is_digit(sql[i + 1])) continue;  // the number follows
    out += std::to_string(++n_marks);
  }
  return out;
}

std::string clean_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t n = text[at] == '\0' ? 0 : utf8_length(text.substr(at));
    if (n == 0) append_utf8(kReplacementCharacter, out);
    out += text.substr(at, n);
    at += std::max<size_t>(n, 1);
  }
  return out;
}

}  // namespace samovar::history
