// Values as text, as Python writes them: str(), repr() and json.dumps().
#pragma once

#include <optional>
#include <string>

#include "text/jinja/value.h"

namespace samovar::text::jinja {

// What {{ value }} prints.
[[nodiscard]] std::string to_text(const Value& value);
[[nodiscard]] std::string repr(const Value& value);
[[nodiscard]] std::string float_repr(double value);

struct JsonStyle {
  std::optional<std::string> indent;  // one level of indentation; unset: all in one line
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  bool sort_keys = false;
  bool ascii_only = false;
};
// Fails for values JSON does not have.
[[nodiscard]] std::string to_json(const Value& value, const JsonStyle& style, Meter& meter);

}  // namespace samovar::text::jinja
