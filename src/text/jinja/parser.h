// Jinja source -> syntax tree. Throws Failure with the line; nesting is at most kMaxNesting.
#pragma once

#include <string_view>

#include "text/jinja/ast.h"

namespace samovar::text::jinja {

[[nodiscard]] Body parse_template(std::string_view source);

}  // namespace samovar::text::jinja
