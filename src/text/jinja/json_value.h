// JSON text <-> Value. Keeps the order of keys.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/jinja/value.h"

namespace samovar::text::jinja {

// Applied to every string and key of the parsed text.
using TextFilter = std::function<std::string(std::string_view)>;

// Fails with kInvalidArgument: where the text stops being JSON, or nesting over kMaxNesting - 50
// (templates put these values into lists of their own).
[[nodiscard]] Result<Value> parse_json(std::string_view text, const TextFilter& filter);

}  // namespace samovar::text::jinja
