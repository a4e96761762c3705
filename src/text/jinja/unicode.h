// Text the way Python's str sees it: code points, Unicode white space and letter case.
// Bytes that are not UTF-8 count as one character each. Searches look through the marks of
// text/user_text.h: a stand-in is equal to the character it stands for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace samovar::text::jinja {

struct CodePoint {
  char32_t value = 0;  // 0xDC00 + byte for a byte that is not UTF-8
  size_t bytes = 0;
};
// Precondition: pos < text.size().
[[nodiscard]] CodePoint code_point_at(std::string_view text, size_t pos);
void append_code_point(char32_t value, std::string& out);

[[nodiscard]] std::vector<std::string_view> characters(std::string_view text);
[[nodiscard]] size_t count_characters(std::string_view text);

[[nodiscard]] bool is_space(char32_t c);
[[nodiscard]] bool is_line_break(char32_t c);
[[nodiscard]] bool is_printable(char32_t c);
[[nodiscard]] std::string to_upper(std::string_view text);
[[nodiscard]] std::string to_lower(std::string_view text);
// First character upper, the others lower.
[[nodiscard]] std::string capitalized(std::string_view text);

[[nodiscard]] bool equal_text(std::string_view a, std::string_view b);

// Byte range of a match in the (marked) text.
struct Match {
  size_t begin = 0;
  size_t end = 0;
};
// All non-overlapping matches from the left, at most `limit`; none for an empty needle.
[[nodiscard]] std::vector<Match> find_all(std::string_view text, std::string_view needle, size_t limit);
[[nodiscard]] std::optional<Match> find_first(std::string_view text, std::string_view needle);
[[nodiscard]] std::optional<Match> find_last(std::string_view text, std::string_view needle);
[[nodiscard]] bool starts_with(std::string_view text, std::string_view prefix);
[[nodiscard]] bool ends_with(std::string_view text, std::string_view suffix);

enum class Side { kLeft, kRight, kBoth };
// Python's strip: white space, or the given characters.
[[nodiscard]] std::string_view strip(std::string_view text, Side side,
                                     std::optional<std::string_view> chars = std::nullopt);

[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

}  // namespace samovar::text::jinja
