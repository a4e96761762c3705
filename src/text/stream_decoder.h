// Token ids -> text, whole UTF-8 characters only: bytes of an unfinished character wait for the next token.
#pragma once

#include <string>

#include "text/tokenizer.h"

namespace samovar::text {

class StreamDecoder {
 public:
  // `tokenizer` is borrowed and must outlive the decoder.
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  // The text that became complete with `id`: valid UTF-8, possibly empty. Bytes that can never become a
  // character are replaced by U+FFFD.
  [[nodiscard]] std::string push(TokenId id);

  // What is left at the end: U+FFFD for an unfinished character, else empty.
  [[nodiscard]] std::string finish();

 private:
  const Tokenizer* tokenizer_;  // borrowed
  std::string pending_;         // bytes of an unfinished character, at most 3
};

}  // namespace samovar::text
