#include "text/jinja/unicode.h"

#include <algorithm>

#include "text/jinja/unicode_tables.h"
#include "text/user_text.h"

namespace samovar::text::jinja {
namespace {

constexpr char32_t kRawByte = 0xDC00;

char32_t mapped(char32_t c, std::span<const CaseRun> runs) {
  const auto after = std::upper_bound(runs.begin(), runs.end(), c,
                                      [](char32_t value, const CaseRun& run) { return value < run.first; });
  if (after == runs.begin()) return c;
  const CaseRun& run = *(after - 1);
  if (c > run.last || (c - run.first) % run.stride != 0) return c;
  return static_cast<char32_t>(static_cast<int64_t>(c) + run.delta);
}

std::string map_case(std::string_view text, std::span<const CaseRun> runs) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    const bool upper_of_sharp_s = point.value == 0xDF && runs.data() == upper_case_runs().data();
    if (upper_of_sharp_s) {
      out += "SS";
    } else {
      append_code_point(mapped(point.value, runs), out);
    }
    i += point.bytes;
  }
  return out;
}

// Marked text as the reader sees it, with the way back to the marked bytes.
struct Seen {
  std::string text;
  std::vector<size_t> origin;  // byte of `text` -> byte of the marked text; one more entry for the end
};

Seen see(std::string_view marked) {
  Seen seen;
  for (size_t i = 0; i < marked.size();) {
    const Mark mark = mark_at(marked, i);
    const std::string_view shown = mark.bytes == 0 ? marked.substr(i, 1) : mark.seen;
    for (const char c : shown) {
      seen.text += c;
      seen.origin.push_back(i);
    }
    i += std::max<size_t>(mark.bytes, 1);
  }
  seen.origin.push_back(marked.size());
  return seen;
}

std::vector<Match> find_all_bytes(std::string_view text, std::string_view needle, size_t limit) {
  std::vector<Match> matches;
  if (needle.empty()) return matches;
  for (size_t at = text.find(needle); at != std::string_view::npos && matches.size() < limit;
       at = text.find(needle, at + needle.size())) {
    matches.push_back({at, at + needle.size()});
  }
  return matches;
}

bool contains(std::string_view set, char32_t c) {
  for (size_t i = 0; i < set.size();) {
    const CodePoint point = code_point_at(set, i);
    if (point.value == c) return true;
    i += point.bytes;
  }
  return false;
}

char32_t seen_value(std::string_view text, size_t pos, const CodePoint& point) {
  const Mark mark = mark_at(text, pos);
  return mark.bytes != 0 && !mark.seen.empty() ? static_cast<unsigned char>(mark.seen[0]) : point.value;
}

}  // namespace

CodePoint code_point_at(std::string_view text, size_t pos) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[pos + i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 && first < 0xF5 ? 4 : (first >= 0xE0 ? 3 : 2);
  const CodePoint broken{kRawByte + first, 1};
  if (first < 0xC2 || first >= 0xF5 || pos + length > text.size()) return broken;
  char32_t value = first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return broken;
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return broken;
  return {value, length};
}

void append_code_point(char32_t value, std::string& out) {
  const auto put = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (value >= kRawByte && value < kRawByte + 0x100) {
    put(value - kRawByte);
  } else if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | (value >> 6));
    put(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    put(0xE0 | (value >> 12));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  } else {
    put(0xF0 | (value >> 18));
    put(0x80 | ((value >> 12) & 0x3F));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  }
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t i = 0; i < text.size();) {
    const size_t bytes = code_point_at(text, i).bytes;
    out.push_back(text.substr(i, bytes));
    i += bytes;
  }
  return out;
}

size_t count_characters(std::string_view text) {
  size_t n = 0;
  for (size_t i = 0; i < text.size(); ++n) i += code_point_at(text, i).bytes;
  return n;
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_line_break(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool is_printable(char32_t c) {
  const auto ranges = unprintable_ranges();
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), c,
                       [](char32_t value, const CodeRange& range) { return value < range.first; });
  return after == ranges.begin() || c > (after - 1)->last;
}

std::string to_upper(std::string_view text) { return map_case(text, upper_case_runs()); }
std::string to_lower(std::string_view text) { return map_case(text, lower_case_runs()); }

std::string capitalized(std::string_view text) {
  if (text.empty()) return {};
  const size_t first = code_point_at(text, 0).bytes;
  return to_upper(text.substr(0, first)) + to_lower(text.substr(first));
}

bool equal_text(std::string_view a, std::string_view b) {
  return a == b || ((has_marks(a) || has_marks(b)) && unmark(a) == unmark(b));
}

std::vector<Match> find_all(std::string_view text, std::string_view needle, size_t limit) {
  if (!has_marks(text)) return find_all_bytes(text, has_marks(needle) ? unmark(needle) : needle, limit);
  const Seen seen = see(text);
  std::vector<Match> matches = find_all_bytes(seen.text, unmark(needle), limit);
  for (Match& match : matches) match = {seen.origin[match.begin], seen.origin[match.end]};
  return matches;
}

std::optional<Match> find_first(std::string_view text, std::string_view needle) {
  if (needle.empty()) return Match{0, 0};
  const std::vector<Match> matches = find_all(text, needle, 1);
  return matches.empty() ? std::nullopt : std::optional(matches.front());
}

std::optional<Match> find_last(std::string_view text, std::string_view needle) {
  if (needle.empty()) return Match{text.size(), text.size()};
  const Seen seen = see(text);
  const std::string wanted = unmark(needle);
  const size_t at = seen.text.rfind(wanted);
  if (at == std::string::npos) return std::nullopt;
  return Match{seen.origin[at], seen.origin[at + wanted.size()]};
}

bool starts_with(std::string_view text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) == prefix) return true;
  if (!has_marks(text) && !has_marks(prefix)) return false;
  const std::string wanted = unmark(prefix);
  return std::string_view(unmark(text)).substr(0, wanted.size()) == wanted;
}

bool ends_with(std::string_view text, std::string_view suffix) {
  const auto ends = [](std::string_view a, std::string_view b) {
    return a.size() >= b.size() && a.substr(a.size() - b.size()) == b;
  };
  if (ends(text, suffix)) return true;
  return (has_marks(text) || has_marks(suffix)) && ends(unmark(text), unmark(suffix));
}

std::string_view strip(std::string_view text, Side side, std::optional<std::string_view> chars) {
  const auto removable = [&](size_t pos, const CodePoint& point) {
    const char32_t c = seen_value(text, pos, point);
    return chars ? contains(*chars, c) : is_space(c);
  };
  size_t begin = 0;
  while (side != Side::kRight && begin < text.size()) {
    const CodePoint point = code_point_at(text, begin);
    if (!removable(begin, point)) break;
    begin += point.bytes;
  }
  size_t end = text.size();
  while (side != Side::kLeft && end > begin) {
    size_t start = end - 1;
    while (start > begin && end - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80)
      --start;
    if (start + code_point_at(text, start).bytes != end) start = end - 1;
    if (!removable(start, code_point_at(text, start))) break;
    end = start;
  }
  return text.substr(begin, end - begin);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    const size_t here = i;
    i += point.bytes;
    if (!is_line_break(point.value)) continue;
    lines.push_back(text.substr(begin, here - begin));
    if (point.value == '\r' && i < text.size() && text[i] == '\n') ++i;
    begin = i;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

}  // namespace samovar::text::jinja
