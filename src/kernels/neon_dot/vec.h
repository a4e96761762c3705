// Two NEON registers as the matmul bodies see them: 4 codes of each of 8 rows, or one float per row. SDOT
// takes its four activation codes from a lane of a register, so nothing is broadcast. Internal linkage; the
// includer defines KERNEL_NS.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/activations.h"
#include "kernels/neon_dot/pair.h"
#include "kernels/panel_layout.h"

namespace samovar::kernels::KERNEL_NS {
namespace {

constexpr size_t kRows = 8;
constexpr int kSignedBias = 0;         // signed codes are multiplied as they are
constexpr size_t kTile = 4;            // tokens of a register tile
constexpr size_t kWideTile = 4;        // of the widest tile
constexpr size_t kPrefetchTokens = 1;  // tiles up to this one ask for weights ahead
constexpr bool kPairs = false;         // whether pair_tile.inc is used
#ifdef __ARM_FEATURE_MATMUL_INT8
constexpr bool kTokenPairs = true;  // whether token_pairs.inc is used
#else
constexpr bool kTokenPairs = false;
#endif

struct Codes {
  uint8x16_t low, high;  // of rows 0 to 3, of rows 4 to 7
};
struct Sums {
  int32x4_t low, high;
};
using Floats = FloatPair;

SAMOVAR_LANE Codes load_codes(const uint8_t* at) { return {vld1q_u8(at), vld1q_u8(at + 16)}; }
SAMOVAR_LANE Codes fill(int byte) {
  const uint8x16_t bytes = vdupq_n_u8(static_cast<uint8_t>(byte));
  return {bytes, bytes};
}
SAMOVAR_LANE Codes both(Codes a, Codes b) { return {vandq_u8(a.low, b.low), vandq_u8(a.high, b.high)}; }
SAMOVAR_LANE Codes either(Codes a, Codes b) { return {vorrq_u8(a.low, b.low), vorrq_u8(a.high, b.high)}; }
template <int kBits>
SAMOVAR_LANE Codes right(Codes a) {
  return {vshrq_n_u8(a.low, kBits), vshrq_n_u8(a.high, kBits)};
}
template <int kBits>
SAMOVAR_LANE Codes left(Codes a) {
  return {vshlq_n_u8(a.low, kBits), vshlq_n_u8(a.high, kBits)};
}
// kIq4Values[code]; signed bytes.
SAMOVAR_LANE Codes iq4_values(Codes codes) {
  const uint8x16_t table = vreinterpretq_u8_s8(vld1q_s8(kIq4Values));
  return {vqtbl1q_u8(table, codes.low), vqtbl1q_u8(table, codes.high)};
}
SAMOVAR_LANE Codes signed_codes(Codes codes) { return codes; }

SAMOVAR_LANE Floats zeros() { return spread(0.0F); }
SAMOVAR_LANE Floats load_halves(const uint8_t* at) {
  return widen_halves(vreinterpretq_f16_u8(vld1q_u8(at)));
}
SAMOVAR_LANE Floats load_bytes(const uint8_t* at) { return widen_bytes(vld1_u8(at)); }
SAMOVAR_LANE Floats load_signed_bytes(const uint8_t* at) {
  return widen_signed_bytes(vreinterpret_s8_u8(vld1_u8(at)));
}
SAMOVAR_LANE Floats load_low_nibbles(const uint8_t* at) {
  return widen_bytes(vand_u8(vld1_u8(at), vdup_n_u8(15)));
}
SAMOVAR_LANE Floats load_high_nibbles(const uint8_t* at) { return widen_bytes(vshr_n_u8(vld1_u8(at), 4)); }
SAMOVAR_LANE Floats fill_float(float value) { return spread(value); }
SAMOVAR_LANE Floats multiply(Floats a, Floats b) { return product(a, b); }
SAMOVAR_LANE Floats multiply_add(Floats a, Floats b, Floats c) { return fused(a, b, c); }
SAMOVAR_LANE Floats to_floats(Sums sums) { return {vcvtq_f32_s32(sums.low), vcvtq_f32_s32(sums.high)}; }
SAMOVAR_LANE Floats load_floats(const float* at) { return load_pair(at); }
SAMOVAR_LANE Floats load_bfloats(const uint8_t* at) {
  const uint16x8_t halves = vreinterpretq_u16_u8(vld1q_u8(at));
  return {vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(halves), 16)),
          vreinterpretq_f32_u32(vshll_n_u16(vget_high_u16(halves), 16))};
}
SAMOVAR_LANE void store_floats(float* at, Floats value) { store_pair(at, value); }
SAMOVAR_LANE float sum_of(Floats value) { return sum_of_eight(value); }

// sums + weights times lane kLane of 16 activation codes.
template <int kLane>
SAMOVAR_LANE Sums dot_lane(Sums sums, Codes weights, int8x16_t x) {
  return {vdotq_laneq_s32(sums.low, vreinterpretq_s8_u8(weights.low), x, kLane),
          vdotq_laneq_s32(sums.high, vreinterpretq_s8_u8(weights.high), x, kLane)};
}

// Sums over kGroups groups of 4, a multiple of 4: weights[j] times activation codes 4j .. 4j + 3.
template <int kGroups>
SAMOVAR_LANE Sums dot_signed(const Codes* weights, const int8_t* codes) {
  Sums sums = {vdupq_n_s32(0), vdupq_n_s32(0)};
#pragma GCC unroll 2
  for (int j = 0; j < kGroups; j += 4) {
    const int8x16_t x = vld1q_s8(codes + 4 * j);
    sums = dot_lane<0>(sums, weights[j], x);
    sums = dot_lane<1>(sums, weights[j + 1], x);
    sums = dot_lane<2>(sums, weights[j + 2], x);
    sums = dot_lane<3>(sums, weights[j + 3], x);
  }
  return sums;
}

// Unsigned weights below 2^kBits are signed ones too.
template <int kBits, int kGroups>
SAMOVAR_LANE Sums dot_unsigned(const Codes* weights, const int8_t* codes) {
  static_assert(kBits < 8);
  return dot_signed<kGroups>(weights, codes);
}

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
