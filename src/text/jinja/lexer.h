// Jinja source -> tokens, with trim_blocks and lstrip_blocks on, as Hugging Face's environment has them.
// Throws Failure with the line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace samovar::text::jinja {

struct Token {
  enum class Kind {
    kData,
    kPrintBegin,
    kPrintEnd,
    kBlockBegin,
    kBlockEnd,
    kName,
    kString,
    kInt,
    kFloat,
    kOperator,
    kEnd
  };
  Kind kind = Kind::kEnd;
  std::string text;  // data, name, decoded string, operator
  int64_t integer = 0;
  double real = 0;
  int line = 1;
};

// The last token is kEnd.
[[nodiscard]] std::vector<Token> tokenize(std::string_view source);

}  // namespace samovar::text::jinja
