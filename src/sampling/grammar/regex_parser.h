// A regular expression's text -> its tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sampling/grammar/characters.h"

namespace samovar::sampling::grammar {

struct RegexNode {
  enum class Kind { kSet, kSequence, kChoice, kRepeat, kBegin, kEnd };  // the last two: ^ and $
  Kind kind = Kind::kSequence;
  CodeSet set;                   // kSet
  std::vector<RegexNode> items;  // kSequence, kChoice: its parts; kRepeat: one
  int64_t least = 0;             // kRepeat
  int64_t most = -1;             // kRepeat; < 0: any number
};

// Fails as add_pattern does.
[[nodiscard]] Result<RegexNode> parse_regex(std::string_view pattern);

}  // namespace samovar::sampling::grammar
