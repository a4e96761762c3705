// Go template source -> tokens. Throws Failure with the line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/go_template/value.h"

namespace samovar::text::go_template {

struct Token {
  enum class Kind {
    kText,      // between actions
    kOpen,      // {{
    kClose,     // }}
    kWord,      // a keyword or function name
    kField,     // text: the name behind "."
    kVariable,  // text: with the "$"
    kConst,     // value: number, string, character, bool, nil
    kSymbol,    // ( ) | := = , .
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text;
  Value value;
  bool after_space = false;
  int line = 1;
};

[[nodiscard]] std::vector<Token> tokenize(std::string_view source);

}  // namespace samovar::text::go_template
