// Element types of GGUF tensors and the geometry of their blocks. No arithmetic here.
// Numbers are GGUF's own (ggml_type).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace samovar::tensor {

enum class Type : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kIQ4_NL = 20,
  kIQ4_XS = 23,
  kBF16 = 30,
};

struct TypeInfo {
  Type type;
  std::string_view name;  // as GGUF tools spell it: "Q4_K"
  size_t block_elements;  // elements per block; a row is a whole number of blocks
  size_t block_bytes;
};

// The geometry of a GGUF type number; nullopt for a type this program does not read.
[[nodiscard]] std::optional<TypeInfo> find_type(uint32_t gguf_number);

// The geometry of a known type.
[[nodiscard]] const TypeInfo& type_info(Type type);

// The name of any GGUF type number, also of unsupported ones ("IQ2_XXS"), or "type 99".
[[nodiscard]] std::string_view type_name(uint32_t gguf_number);

// Bytes of `n` elements in a row. Precondition: n is a multiple of block_elements.
[[nodiscard]] inline size_t row_bytes(Type type, size_t n) {
  const TypeInfo& info = type_info(type);
  return n / info.block_elements * info.block_bytes;
}

}  // namespace samovar::tensor
