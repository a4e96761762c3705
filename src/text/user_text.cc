#include "text/user_text.h"

#include <algorithm>
#include <array>

namespace samovar::text {
namespace {

constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kInserted = "\xF0\x9F\xBF\xBF";  // U+1FFFF
constexpr std::string_view kStandInPrefix = "\xEF\xB7";     // U+FDD0..U+FDEF are EF B7 90..AF
constexpr unsigned char kFirstStandIn = 0x90;
static_assert(kPunctuation.size() == 32);

size_t code_point_bytes(std::string_view text) {
  size_t n = 1;
  while (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) ++n;
  return n;
}

void append_stand_in(char original, std::string& out) {
  const size_t index = kPunctuation.find(original);
  out += kStandInPrefix;
  out += static_cast<char>(kFirstStandIn + index);
}

template <typename OnMark>
std::string without_marks(std::string_view text, OnMark on_mark) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const Mark mark = mark_at(text, i);
    if (mark.bytes == 0) {
      out += text[i++];
    } else {
      on_mark(mark, out);
      i += mark.bytes;
    }
  }
  return out;
}

std::vector<Range> merged(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](Range a, Range b) { return a.begin < b.begin; });
  std::vector<Range> out;
  for (const Range& range : ranges) {
    if (!out.empty() && range.begin < out.back().end) {
      out.back().end = std::max(out.back().end, range.end);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

}  // namespace

Mark mark_at(std::string_view text, size_t pos) {
  const std::string_view rest = text.substr(pos);
  if (rest.size() >= 3 && rest.substr(0, 2) == kStandInPrefix) {
    const unsigned index = static_cast<unsigned char>(rest[2]) - unsigned{kFirstStandIn};
    if (index < kPunctuation.size()) return {3, kPunctuation.substr(index, 1)};
  }
  if (rest.substr(0, kInserted.size()) == kInserted) return {kInserted.size(), {}};
  return {};
}

bool has_marks(std::string_view text) {
  for (size_t i = text.find('\xEF'); i != std::string_view::npos; i = text.find('\xEF', i + 1)) {
    if (mark_at(text, i).bytes != 0) return true;
  }
  return text.find(kInserted) != std::string_view::npos;
}

std::string unmark(std::string_view text) {
  return without_marks(text, [](const Mark& mark, std::string& out) { out += mark.seen; });
}

std::string drop_marks(std::string_view text) {
  return without_marks(text, [](const Mark&, std::string&) {});
}

UserText::UserText(std::span<const std::string> control_tokens) {
  for (const std::string& token : control_tokens) {
    if (token.empty()) continue;
    const size_t punctuation = token.find_first_of(kPunctuation);
    const size_t offset = punctuation != std::string::npos ? punctuation : code_point_bytes(token);
    mark_offset_.emplace(token, offset);
    first_byte_.set(static_cast<unsigned char>(token[0]));
    lengths_.push_back(token.size());
    offsets_.push_back(offset);
  }
  for (std::vector<size_t>* list : {&lengths_, &offsets_}) {
    std::sort(list->begin(), list->end(), std::greater<>());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
}

std::vector<size_t> UserText::mark_positions(std::string_view text) const {
  std::vector<size_t> positions;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!first_byte_.test(static_cast<unsigned char>(text[i]))) continue;
    for (const size_t length : lengths_) {
      if (length > text.size() - i) continue;
      const auto token = mark_offset_.find(text.substr(i, length));
      if (token != mark_offset_.end()) positions.push_back(i + token->second);
    }
  }
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

std::string UserText::mark(std::string_view text) const {
  const std::string clean = has_marks(text) ? drop_marks(text) : std::string(text);
  std::string out;
  out.reserve(clean.size());
  size_t done = 0;
  for (const size_t position : mark_positions(clean)) {
    out.append(clean, done, position - done);
    done = position;
    if (position < clean.size() && kPunctuation.find(clean[position]) != std::string_view::npos) {
      append_stand_in(clean[position], out);
      ++done;
    } else {
      out += kInserted;
    }
  }
  return out.append(clean, done);
}

Range UserText::spelling_around(std::string_view text, size_t mark, Range fallback) const {
  Range best = fallback;
  for (const size_t offset : offsets_) {
    if (offset > mark) continue;
    const size_t begin = mark - offset;
    for (const size_t length : lengths_) {
      const auto token = mark_offset_.find(text.substr(begin, length));
      if (token == mark_offset_.end() || token->second != offset) continue;
      best.begin = std::min(best.begin, begin);
      best.end = std::max(best.end, begin + token->first.size());
    }
  }
  return best;
}

Prompt UserText::restore(std::string_view rendered) const {
  Prompt prompt;
  std::vector<Range> marks;  // what stands at each mark; empty for an inserted one
  prompt.text = without_marks(rendered, [&](const Mark& mark, std::string& out) {
    marks.push_back({out.size(), out.size() + mark.seen.size()});
    out += mark.seen;
  });
  for (const Range& mark : marks) {
    const Range range = spelling_around(prompt.text, mark.begin, mark);
    if (range.end > range.begin) prompt.plain.push_back(range);
  }
  prompt.plain = merged(std::move(prompt.plain));
  return prompt;
}

}  // namespace samovar::text
