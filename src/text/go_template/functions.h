// The functions of Go templates, Ollama's included. "and" and "or" are the executor's.
#pragma once

#include <string_view>
#include <vector>

#include "text/go_template/value.h"

namespace samovar::text::go_template {

struct FunctionCall {
  std::string_view name;
  std::vector<Value> args;
  std::string_view date;  // "2026-11-22"
};

using Function = Value (*)(const FunctionCall&);

// Null when there is none.
[[nodiscard]] Function find_function(std::string_view name);

// The TypeScript type of a tool's property.
[[nodiscard]] Value typescript_type(const Value& property);

}  // namespace samovar::text::go_template
