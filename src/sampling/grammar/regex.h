// A subset of ECMAScript's regular expressions over characters: alternatives, groups, classes, . \d \w \s,
// * + ? {m,n} (greedy or lazy: the language is the same), \uXXXX, \xXX, and the anchors ^ and $ at the very
// beginning and end. No look-around, back references, word boundaries or \p{...}: refused by name.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "sampling/grammar/automaton.h"

namespace samovar::sampling::grammar {

// How the characters of the text are written down.
enum class Spelling { kUtf8, kJsonString };

struct PatternOptions {
  Spelling spelling = Spelling::kUtf8;
  int64_t min_length = 0;   // characters
  int64_t max_length = -1;  // < 0: any
  // True: the pattern may match anywhere, as JSON Schema has it; false: it is the whole text.
  bool searches = false;
};

// The texts that `pattern` (UTF-8) matches. Fails with kInvalidArgument (syntax: what, at which byte; too
// large) or kUnsupported.
[[nodiscard]] Result<Piece> add_pattern(Builder& builder, std::string_view pattern,
                                        const PatternOptions& options);

}  // namespace samovar::sampling::grammar
