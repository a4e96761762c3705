// Half-precision to float in plain code. Internal linkage on purpose: instruction-set folders include it.
#pragma once

#include <cstdint>
#include <cstring>

namespace samovar::kernels {
namespace {

// IEEE 754 binary16 to binary32, exact, subnormals and infinities included.
[[maybe_unused]] inline float half_to_float(uint16_t half) {
  const uint32_t magnitude = half & 0x7FFFU;
  const uint32_t shifted = magnitude << 13;
  float value;
  std::memcpy(&value, &shifted, sizeof value);
  value *= 0x1p112F;  // the exponent bias of binary32 less that of binary16
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (magnitude >= 0x7C00U) bits = 0x7F800000U | shifted;
  bits |= static_cast<uint32_t>(half & 0x8000U) << 16;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// The upper half of a binary32 to binary32.
[[maybe_unused]] inline float bfloat_to_float(uint16_t bfloat) {
  const uint32_t bits = static_cast<uint32_t>(bfloat) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace
}  // namespace samovar::kernels
