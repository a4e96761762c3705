// Ollama's Modelfile: text -> plain values. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace samovar::catalog {

struct Modelfile {
  std::string from;  // a model's name or a file's path, as written; never empty
  std::vector<std::string> adapters;
  std::string template_text;
  std::string system;
  std::vector<std::string> licenses;
  std::string params_json;    // a JSON object; empty: none
  std::string messages_json;  // a JSON array; empty: none
};

// FROM, PARAMETER, TEMPLATE, SYSTEM, ADAPTER, LICENSE, MESSAGE; REQUIRES, RENDERER and PARSER are passed
// over. Instructions in any case, one a line; `#` begins a comment line; a value in "..." or """...""" may
// go over several lines. Fails with kInvalidArgument: `line 3: unknown instruction "FORM" (...)`,
// `line 5: unknown parameter "temprature"`, `no FROM line`.
[[nodiscard]] Result<Modelfile> parse_modelfile(std::string_view text);

// "temperature", "0.7" -> the JSON that PARAMETER means by it: a number, true or false, or a text.
// kInvalidArgument: unknown parameter, or a value of another type.
[[nodiscard]] Result<std::string> parameter_json(const std::string& name, const std::string& value);

}  // namespace samovar::catalog
