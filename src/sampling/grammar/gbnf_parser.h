// The text of a grammar in GBNF (the notation of llama.cpp) -> its rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sampling/grammar/characters.h"

namespace samovar::sampling::grammar {

struct TextPlace {
  size_t line = 0;    // from 1
  size_t column = 0;  // from 1, in characters
};

// "line 3, column 5"
[[nodiscard]] std::string to_text(TextPlace place);

struct GbnfNode {
  enum class Kind { kSet, kText, kSequence, kChoice, kRepeat, kRule };
  Kind kind = Kind::kSequence;
  CodeSet set;                  // kSet: one character of it
  std::string text;             // kText: UTF-8
  std::vector<GbnfNode> items;  // kSequence, kChoice: its parts; kRepeat: one
  int64_t least = 0;            // kRepeat
  int64_t most = -1;            // kRepeat; < 0: any number
  size_t rule = 0;              // kRule: index into Gbnf::rules
  TextPlace place;              // kRule: of the name
};

struct Gbnf {
  struct Rule {
    std::string name;
    GbnfNode body;
    TextPlace place;  // of its definition
  };
  std::vector<Rule> rules;
  size_t root = 0;  // the rule of that name
};

// Fails with kInvalidArgument (syntax, names that are not defined or are defined twice, no root) or
// kUnsupported; the message begins with line and column.
[[nodiscard]] Result<Gbnf> parse_gbnf(std::string_view text);

}  // namespace samovar::sampling::grammar
