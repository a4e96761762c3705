// Random file rows of any type with sensible scales. For tests and benchmarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "tensor/type.h"

namespace samovar::kernels {

// Where the f16 fields of a block stand; random bits there would give infinities.
inline std::vector<size_t> half_offsets(tensor::Type type) {
  using tensor::Type;
  switch (type) {
    case Type::kQ4_1:
    case Type::kQ5_1:
    case Type::kQ4_K:
    case Type::kQ5_K:
      return {0, 2};
    case Type::kQ2_K:
      return {80, 82};
    case Type::kQ3_K:
      return {108};
    case Type::kQ6_K:
      return {208};
    default:
      return {0};
  }
}

inline std::vector<std::byte> random_rows(tensor::Type type, size_t rows, size_t cols, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(rows * tensor::row_bytes(type, cols));
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  const tensor::TypeInfo& info = tensor::type_info(type);
  if (type == tensor::Type::kF32) {
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (size_t at = 0; at < bytes.size(); at += 4) {
      const float value = uniform(random);
      std::memcpy(&bytes[at], &value, 4);
    }
    return bytes;
  }
  const bool bfloat = type == tensor::Type::kBF16;
  for (size_t block = 0; block < bytes.size(); block += info.block_bytes) {
    for (const size_t offset : half_offsets(type)) {
      // Exponents around 2^-6 in either sign: f16 bias 15, bf16 bias 127.
      const auto high = static_cast<uint8_t>(bfloat ? 0x3C + random() % 3 : 0x20 + random() % 8);
      bytes[block + offset + 1] = static_cast<std::byte>(high | ((random() & 1U) << 7));
    }
  }
  return bytes;
}

}  // namespace samovar::kernels
