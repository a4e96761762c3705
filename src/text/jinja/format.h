// Python's str.format.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/interpreter.h"

namespace samovar::text::jinja {

[[nodiscard]] std::string brace_format(Interpreter& run, std::string_view format, const Arguments& args);

}  // namespace samovar::text::jinja
