// How words are compared in searches, and where in a text they were found. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace samovar::history {

// Lower case (Latin, Greek, Cyrillic) and ё as е, code point by code point: places stay the same.
[[nodiscard]] std::u32string fold(std::string_view text);
[[nodiscard]] std::string fold_utf8(std::string_view text);

// The words of a query, folded and cut to what their other forms begin with: "самоварами" -> "самовар",
// "models" -> "model". Texts that contain these parts are found. At most 16, none twice.
[[nodiscard]] std::vector<std::string> query_parts(std::string_view query);

struct Snippet {
  std::string text;  // around the first part that was found, "…" where it was cut
  std::vector<std::pair<size_t, size_t>> marks;  // begin and end in UTF-16 units of `text`
};

[[nodiscard]] Snippet make_snippet(std::string_view text, const std::vector<std::string>& parts);

}  // namespace samovar::history
