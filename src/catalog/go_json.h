// JSON re-written byte for byte as Go's encoding/json writes it, because digests are taken of it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::catalog {

// `over`'s members on top of `base`'s (JSON objects; "" is an empty one), names in order of the alphabet and
// without nulls, with the line break of Go's encoder. "" when nothing is left. kInvalidArgument: not objects.
[[nodiscard]] Result<std::string> merge_params(std::string_view base, std::string_view over);

// A JSON array of {"role","content"}, in that order and with the line break. kInvalidArgument names what is
// wrong with which message.
[[nodiscard]] Result<std::string> normalize_messages(std::string_view json);

// The first parameter whose value has another type than its option; names that no option has pass.
// kInvalidArgument: option "temperature" must be of type float32.
[[nodiscard]] Result<void> check_params(std::string_view json);

}  // namespace samovar::catalog
