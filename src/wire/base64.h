// Standard base64 with padding, as Go's encoding/json reads []byte.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace samovar::wire {

// Where `text` stops being base64; nothing when all of it is. Line breaks are skipped.
[[nodiscard]] std::optional<size_t> find_base64_error(std::string_view text);

[[nodiscard]] std::string encode_base64(std::string_view bytes);

}  // namespace samovar::wire
