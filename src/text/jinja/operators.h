// Python's operators on values.
#pragma once

#include <string_view>

#include "text/jinja/value.h"

namespace samovar::text::jinja {

// `op`: + - * / // % **
[[nodiscard]] Value binary(std::string_view op, const Value& a, const Value& b, Meter& meter);
[[nodiscard]] Value negate(const Value& value);
[[nodiscard]] bool is_in(const Value& needle, const Value& haystack, Meter& meter);

struct SliceBounds {
  Value start;
  Value stop;
  Value step;  // none: absent
};
[[nodiscard]] Value slice(const Value& object, const SliceBounds& bounds, Meter& meter);

// "..." % value and "...".format(args).
[[nodiscard]] std::string percent_format(std::string_view format, const Value& value);

}  // namespace samovar::text::jinja
