// Sets of Unicode characters as bytes: in UTF-8, and as they stand inside a JSON string.
#pragma once

#include <cstdint>
#include <vector>

#include "sampling/grammar/automaton.h"

namespace samovar::sampling::grammar {

struct CodeRange {
  uint32_t low = 0;
  uint32_t high = 0;  // included
  auto operator<=>(const CodeRange&) const = default;
};
using CodeSet = std::vector<CodeRange>;  // sorted, not touching one another, without surrogates

inline constexpr uint32_t kLastCode = 0x10FFFF;

// Sorts and joins ranges; takes surrogates out.
[[nodiscard]] CodeSet make_set(std::vector<CodeRange> ranges);
[[nodiscard]] CodeSet complement(const CodeSet& set);
[[nodiscard]] CodeSet intersect(const CodeSet& a, const CodeSet& b);

// One character of the set in UTF-8.
[[nodiscard]] Piece add_utf8(Builder& builder, const CodeSet& set);

// One character of the set as JSON writes it: itself, or its escape where it needs one.
[[nodiscard]] Piece add_json_character(Builder& builder, const CodeSet& set);

// Any character of a JSON string, in any of its spellings.
[[nodiscard]] Piece add_any_json_character(Builder& builder);

}  // namespace samovar::sampling::grammar
