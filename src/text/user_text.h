// Keeps text that came from users or tools apart from the template's own words while a template
// cuts, joins and compares it, so that a user's "<|im_end|>" never turns into the control token.
//
// mark() replaces the first ASCII punctuation character of every control token spelling by a stand-in:
// one of the 32 noncharacters U+FDD0..U+FDEF, one for each ASCII punctuation character. A spelling
// without punctuation gets U+1FFFF behind its first character. Both are removed from outside text first.
// restore() puts the characters back and reports the spellings as Prompt::plain.
// Template engines compare and search on unmarked text, so a template sees what the user wrote.
#pragma once

#include <bitset>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/prompt.h"

namespace samovar::text {

// Bounded work: linear in the text for a fixed set of spellings. Immutable; any thread may use it.
class UserText {
 public:
  // Copies nothing: `control_tokens` must outlive the object. Empty spellings are ignored.
  explicit UserText(std::span<const std::string> control_tokens);

  [[nodiscard]] std::string mark(std::string_view text) const;

  // A rendered text with marks -> the text as a reader sees it, with the user's spellings as plain ranges.
  [[nodiscard]] Prompt restore(std::string_view rendered) const;

 private:
  [[nodiscard]] std::vector<size_t> mark_positions(std::string_view text) const;
  [[nodiscard]] Range spelling_around(std::string_view text, size_t mark, Range fallback) const;

  std::unordered_map<std::string_view, size_t> mark_offset_;  // spelling -> byte offset of its mark
  std::vector<size_t> lengths_;                               // distinct byte lengths, longest first
  std::vector<size_t> offsets_;                               // distinct mark offsets
  std::bitset<256> first_byte_;
};

[[nodiscard]] bool has_marks(std::string_view text);

// The text without marks: stand-ins become their characters again.
[[nodiscard]] std::string unmark(std::string_view text);

// The text with every mark character removed (not put back): for text whose marks nobody set.
[[nodiscard]] std::string drop_marks(std::string_view text);

// One step through marked text: `bytes` long, standing for `seen` (one byte, or empty for U+1FFFF).
// bytes == 0: no mark at `pos`.
struct Mark {
  size_t bytes = 0;
  std::string_view seen;
};
[[nodiscard]] Mark mark_at(std::string_view text, size_t pos);

}  // namespace samovar::text
