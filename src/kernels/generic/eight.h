// Eight floats side by side in plain C++, for bodies/split_low.inc. The readable reference for
// bodies/eight.inc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/half.h"

namespace samovar::kernels::generic {
namespace {

struct Eight {
  float lane[8];
};

inline Eight eight_fill(float value) {
  Eight result;
  for (float& lane : result.lane) lane = value;
  return result;
}
inline Eight eight_load(const float* at) {
  Eight result;
  __builtin_memcpy(result.lane, at, sizeof result.lane);
  return result;
}
inline void eight_store(float* at, const Eight& value) {
  __builtin_memcpy(at, value.lane, sizeof value.lane);
}
inline float half_to_float_at(const uint8_t* at) {
  uint16_t half;
  __builtin_memcpy(&half, at, sizeof half);
  return half_to_float(half);
}
inline Eight eight_halves(const uint8_t* at) {
  Eight result;
  for (size_t i = 0; i < 8; ++i) result.lane[i] = half_to_float_at(at + 2 * i);
  return result;
}
inline Eight eight_signed_bytes(const uint8_t* at) {
  Eight result;
  for (size_t i = 0; i < 8; ++i) result.lane[i] = static_cast<float>(static_cast<int8_t>(at[i]));
  return result;
}
// Four lanes of each.
inline Eight eight_join(float first, float second) {
  Eight result = eight_fill(first);
  for (size_t i = 4; i < 8; ++i) result.lane[i] = second;
  return result;
}
inline Eight eight_multiply(Eight a, const Eight& b) {
  for (size_t i = 0; i < 8; ++i) a.lane[i] *= b.lane[i];
  return a;
}
inline Eight eight_multiply_add(const Eight& a, const Eight& b, Eight c) {
  for (size_t i = 0; i < 8; ++i) c.lane[i] += a.lane[i] * b.lane[i];
  return c;
}
inline float eight_sum(const Eight& value) {
  float sum = 0;
  for (const float lane : value.lane) sum += lane;
  return sum;
}

// Lane i: codes 4i .. 4i + 3 (unsigned) times those activations.
inline Eight dot_of_codes(const uint8_t* codes, const std::byte* x) {
  Eight result;
  for (size_t i = 0; i < 8; ++i) {
    int32_t sum = 0;
    for (size_t j = 4 * i; j < 4 * i + 4; ++j) sum += codes[j] * static_cast<int8_t>(x[j]);
    result.lane[i] = static_cast<float>(sum);
  }
  return result;
}

// 8 bytes of two-bit codes: byte i holds codes i, i + 8, i + 16 and i + 24 from bit 0 on.
inline void open_pairs(const uint8_t* bytes, uint8_t* codes) {
  for (size_t i = 0; i < 32; ++i) codes[i] = (bytes[i % 8] >> (i / 8 * 2)) & 3;
}

inline Eight pair_dot(const uint8_t* bytes, const std::byte* x) {
  uint8_t codes[32];
  open_pairs(bytes, codes);
  return dot_of_codes(codes, x);
}

// 4 bytes of third bits behind them: byte k holds those of codes k, k + 4, k + 8 .. from bit 0 on.
inline Eight triple_dot(const uint8_t* bytes, const std::byte* x) {
  uint8_t codes[32];
  open_pairs(bytes, codes);
  for (size_t i = 0; i < 32; ++i) {
    const unsigned third = (bytes[8 + i % 4] >> (i / 4)) & 1U;
    codes[i] = static_cast<uint8_t>(codes[i] | (third << 2));
  }
  return dot_of_codes(codes, x);
}

}  // namespace
}  // namespace samovar::kernels::generic
