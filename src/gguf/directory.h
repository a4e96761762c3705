// GGUF bytes -> metadata and tensor directory, versions 2 and 3, little-endian. Checks everything,
// computes nothing. Views point into the bytes given, which the caller keeps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "gguf/value.h"
#include "tensor/type.h"

namespace samovar::gguf {

struct Tensor {
  std::string_view name;
  uint32_t type_number = 0;                  // GGUF's; may be one this program does not read
  uint32_t n_dims = 0;                       // 1..4
  std::array<uint64_t, 4> dims{1, 1, 1, 1};  // dims[0]: elements of a row (inputs), dims[1]: rows (outputs)
  std::span<const std::byte> bytes;          // its data; empty when the type is unknown
};

struct Directory {
  uint32_t version = 0;
  uint64_t alignment = 32;
  std::vector<std::pair<std::string_view, Value>> metadata;  // in file order
  std::vector<Tensor> tensors;                               // in file order
  std::unordered_map<std::string_view, size_t> metadata_index;
  std::unordered_map<std::string_view, size_t> tensor_index;

  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] const Tensor* find_tensor(std::string_view name) const;
};

// Fails with kCorrupt (the message names field and byte offset), or kUnsupported (version, byte order).
// Never reads outside `bytes`. A tensor of an unknown type is listed, not refused: its user decides.
[[nodiscard]] Result<Directory> parse_directory(std::span<const std::byte> bytes);

}  // namespace samovar::gguf
