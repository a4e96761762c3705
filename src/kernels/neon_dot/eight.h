// Eight lanes of NEON for bodies/split_low.inc. The same names as generic/eight.h, where they are explained;
// the includer defines KERNEL_NS.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/neon_dot/pair.h"

namespace samovar::kernels::KERNEL_NS {
namespace {

using Eight = FloatPair;

SAMOVAR_LANE Eight eight_fill(float value) { return spread(value); }
SAMOVAR_LANE Eight eight_load(const float* at) { return load_pair(at); }
SAMOVAR_LANE void eight_store(float* at, Eight value) { store_pair(at, value); }
SAMOVAR_LANE Eight eight_halves(const uint8_t* at) {
  return widen_halves(vreinterpretq_f16_u8(vld1q_u8(at)));
}
SAMOVAR_LANE Eight eight_signed_bytes(const uint8_t* at) {
  return widen_signed_bytes(vreinterpret_s8_u8(vld1_u8(at)));
}
SAMOVAR_LANE Eight eight_join(float first, float second) { return {vdupq_n_f32(first), vdupq_n_f32(second)}; }
SAMOVAR_LANE Eight eight_multiply(Eight a, Eight b) { return product(a, b); }
SAMOVAR_LANE Eight eight_multiply_add(Eight a, Eight b, Eight c) { return fused(a, b, c); }
SAMOVAR_LANE float eight_sum(Eight value) { return sum_of_eight(value); }
SAMOVAR_LANE float half_to_float_at(const uint8_t* at) {
  uint16_t half;
  __builtin_memcpy(&half, at, sizeof half);
  return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(half))), 0);
}

struct OpenCodes {
  uint8x16_t low, high;
};

// 8 bytes of two-bit codes, opened.
SAMOVAR_LANE OpenCodes open_pairs(const uint8_t* codes) {
  const uint8x8_t bytes = vld1_u8(codes);
  const uint8x16_t mask = vdupq_n_u8(3);
  return {vandq_u8(vcombine_u8(bytes, vshr_n_u8(bytes, 2)), mask),
          vandq_u8(vcombine_u8(vshr_n_u8(bytes, 4), vshr_n_u8(bytes, 6)), mask)};
}

SAMOVAR_LANE float32x4_t dot_of_sixteen(uint8x16_t codes, const std::byte* x) {
  const int8x16_t activations = vreinterpretq_s8_u8(vld1q_u8(reinterpret_cast<const uint8_t*>(x)));
  return vcvtq_f32_s32(vdotq_s32(vdupq_n_s32(0), vreinterpretq_s8_u8(codes), activations));
}

// Lane i: two-bit codes 4i .. 4i + 3 times those activations.
SAMOVAR_LANE Eight pair_dot(const uint8_t* codes, const std::byte* x) {
  const OpenCodes open = open_pairs(codes);
  return {dot_of_sixteen(open.low, x), dot_of_sixteen(open.high, x + 16)};
}

// The same with 4 bytes of third bits behind the two-bit codes: bit s of byte k belongs to code 4s + k.
SAMOVAR_LANE Eight triple_dot(const uint8_t* codes, const std::byte* x) {
  uint32_t bits;
  __builtin_memcpy(&bits, codes + 8, sizeof bits);
  const uint8x16_t thirds = vreinterpretq_u8_u32(vdupq_n_u32(bits));
  // From bit s to bit 2: to the left where positive, else to the right.
  const int8x16_t low_shifts = {2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, -1, -1, -1, -1};
  const int8x16_t high_shifts = vsubq_s8(low_shifts, vdupq_n_s8(4));
  const uint8x16_t mask = vdupq_n_u8(4);
  const OpenCodes open = open_pairs(codes);
  const uint8x16_t low = vorrq_u8(open.low, vandq_u8(vshlq_u8(thirds, low_shifts), mask));
  const uint8x16_t high = vorrq_u8(open.high, vandq_u8(vshlq_u8(thirds, high_shifts), mask));
  return {dot_of_sixteen(low, x), dot_of_sixteen(high, x + 16)};
}

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
