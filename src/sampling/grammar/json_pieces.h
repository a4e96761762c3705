// The parts of JSON that every schema shares, each a rule made once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sampling/grammar/automaton.h"

namespace samovar::sampling::grammar {

// `text` in quotes, escaped only where JSON needs it.
[[nodiscard]] std::string to_json_literal(std::string_view text);

class JsonPieces {
 public:
  explicit JsonPieces(Builder& builder) : builder_(builder) {}

  [[nodiscard]] Piece space();   // between tokens: nothing, or a bounded amount
  [[nodiscard]] Piece value();   // any JSON value
  [[nodiscard]] Piece object();  // any
  [[nodiscard]] Piece array();   // any
  [[nodiscard]] Piece string();  // any
  [[nodiscard]] Piece number();  // any
  // Characters of a string, `least` to `most` of them; most < 0: any number.
  [[nodiscard]] Piece string_of_length(int64_t least, int64_t most);
  // A string without escapes that is none of `taken`.
  [[nodiscard]] Piece other_key(const std::vector<std::string>& taken);

  // '"key":' with the space behind it.
  [[nodiscard]] Piece key(std::string_view name);
  [[nodiscard]] Piece comma();
  [[nodiscard]] Piece nothing();  // no text at all

 private:
  StateId character_rule();

  Builder& builder_;
  std::optional<StateId> space_, value_, object_, array_, string_, number_, character_;
};

}  // namespace samovar::sampling::grammar
