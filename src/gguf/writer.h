// Metadata and a tensor directory -> the bytes that a GGUF file begins with (version 3, little-endian).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gguf/value.h"

namespace samovar::gguf {

struct TensorPlan {  // of a tensor whose data follows
  std::string_view name;
  uint32_t type_number = 0;
  uint32_t n_dims = 0;
  std::array<uint64_t, 4> dims{1, 1, 1, 1};
  uint64_t n_bytes = 0;
};

struct Header {
  std::string bytes;              // padded: data begins behind them
  std::vector<uint64_t> offsets;  // of each tensor's data, from the end of `bytes`; ends are padded likewise
  uint64_t data_bytes = 0;        // with the padding behind the last tensor
};

// `alignment` is what general.alignment in `metadata` says, else 32.
[[nodiscard]] Header make_header(const std::vector<std::pair<std::string_view, Value>>& metadata,
                                 const std::vector<TensorPlan>& tensors, uint64_t alignment);

}  // namespace samovar::gguf
