// JSON numbers within bounds. Their length is bounded, so that a number always ends: 16 digits before the
// point (more where a bound needs them), 16 behind it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sampling/grammar/automaton.h"

namespace samovar::sampling::grammar {

// A number as decimal digits, exact. Limit::parse reads what JSON calls a number; nothing when it has more
// than 300 digits written out.
struct Limit {
  bool negative = false;
  std::string whole;     // without leading zeros; "0" for none
  std::string fraction;  // without trailing zeros
  bool open = false;     // the limit itself is outside

  [[nodiscard]] static std::optional<Limit> parse(std::string_view json_number, bool open);
  [[nodiscard]] bool is_zero() const { return whole == "0" && fraction.empty(); }
};

// Negative when a < b, 0 when equal; `open` is not looked at.
[[nodiscard]] int compare(const Limit& a, const Limit& b);

struct NumberRange {
  std::optional<Limit> low;
  std::optional<Limit> high;
  bool integer = false;
};

// The numbers of the range. Without limits exponents are allowed. A range without any number gives a piece
// that leads nowhere.
[[nodiscard]] Piece add_number(Builder& builder, const NumberRange& range);

}  // namespace samovar::sampling::grammar
