// The vector vocabulary of the shared kernel bodies on NEON: eight lanes in two registers. The same names as
// generic/lanes.h, where they are explained; the includer defines KERNEL_NS.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/neon_dot/pair.h"

namespace samovar::kernels::KERNEL_NS {
namespace {

using Vec = FloatPair;

constexpr size_t kLanes = 8;
constexpr size_t kTileRows = 6;  // 12 sums, two vectors of the panel, one broadcast: 29 of 32 registers

SAMOVAR_LANE Vec set1(float value) { return spread(value); }
SAMOVAR_LANE Vec zero() { return spread(0.0F); }
SAMOVAR_LANE Vec load(const float* from) { return load_pair(from); }
SAMOVAR_LANE void store(float* to, Vec v) { store_pair(to, v); }

SAMOVAR_LANE Vec add(Vec a, Vec b) { return {vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)}; }
SAMOVAR_LANE Vec sub(Vec a, Vec b) { return {vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)}; }
SAMOVAR_LANE Vec mul(Vec a, Vec b) { return product(a, b); }
SAMOVAR_LANE Vec div(Vec a, Vec b) { return {vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)}; }
SAMOVAR_LANE Vec min(Vec a, Vec b) { return {vminq_f32(a.low, b.low), vminq_f32(a.high, b.high)}; }
SAMOVAR_LANE Vec max(Vec a, Vec b) { return {vmaxq_f32(a.low, b.low), vmaxq_f32(a.high, b.high)}; }
SAMOVAR_LANE Vec fma(Vec a, Vec b, Vec c) { return fused(a, b, c); }
SAMOVAR_LANE Vec fnma(Vec a, Vec b, Vec c) {
  return {vfmsq_f32(c.low, a.low, b.low), vfmsq_f32(c.high, a.high, b.high)};
}
SAMOVAR_LANE Vec fmaddsub(Vec a, Vec b, Vec c) {
  const float32x4_t minus_plus = {-1.0F, 1.0F, -1.0F, 1.0F};
  return fused(a, b, product(c, {minus_plus, minus_plus}));
}
SAMOVAR_LANE Vec swap_pairs(Vec a) { return {vrev64q_f32(a.low), vrev64q_f32(a.high)}; }
SAMOVAR_LANE Vec load_pairs(const float* from) {
  const float32x4_t four = vld1q_f32(from);
  return {vzip1q_f32(four, four), vzip2q_f32(four, four)};
}

SAMOVAR_LANE float reduce_add(Vec a) { return sum_of_eight(a); }
SAMOVAR_LANE float reduce_max(Vec a) { return vmaxvq_f32(vmaxq_f32(a.low, a.high)); }
SAMOVAR_LANE void reduce_add_4(Vec a, Vec b, Vec c, Vec d, float* out) {
  const float32x4_t ab = vpaddq_f32(vaddq_f32(a.low, a.high), vaddq_f32(b.low, b.high));
  const float32x4_t cd = vpaddq_f32(vaddq_f32(c.low, c.high), vaddq_f32(d.low, d.high));
  vst1q_f32(out, vpaddq_f32(ab, cd));
}

SAMOVAR_LANE float32x4_t power_of_two_of_four(float32x4_t shifted) {
  const int32x4_t exponent = vshlq_n_s32(vreinterpretq_s32_f32(shifted), 23);
  return vreinterpretq_f32_s32(vaddq_s32(exponent, vdupq_n_s32(0x3F800000)));
}
SAMOVAR_LANE Vec power_of_two(Vec shifted) {
  return {power_of_two_of_four(shifted.low), power_of_two_of_four(shifted.high)};
}

SAMOVAR_LANE Vec load_f16(const uint16_t* from) {
  return widen_halves(vreinterpretq_f16_u16(vld1q_u16(from)));
}
SAMOVAR_LANE void store_f16(uint16_t* to, Vec v) {
  vst1q_u16(to, vreinterpretq_u16_f16(vcombine_f16(vcvt_f16_f32(v.low), vcvt_f16_f32(v.high))));
}

SAMOVAR_LANE Vec load_codes(const int8_t* from) { return widen_signed_bytes(vld1_s8(from)); }
SAMOVAR_LANE Vec spread_f16(const uint16_t* from) {
  const float32x4_t value = vcvt_f32_f16(vreinterpret_f16_u16(vld1_dup_u16(from)));
  return {value, value};
}

// Transposed while the numbers are 16 bits wide.
SAMOVAR_LANE void transpose_f16_8x8(const uint16_t* from, size_t from_stride, float* to, size_t to_stride) {
  uint16x8_t row[8];
#pragma GCC unroll 8
  for (size_t i = 0; i < 8; ++i) row[i] = vld1q_u16(from + i * from_stride);
  uint32x4_t two[8];  // pairs of rows interleaved: columns 0-3, then 4-7
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    two[i] = vreinterpretq_u32_u16(vzip1q_u16(row[2 * i], row[2 * i + 1]));
    two[4 + i] = vreinterpretq_u32_u16(vzip2q_u16(row[2 * i], row[2 * i + 1]));
  }
  uint64x2_t four[8];  // [column pair][rows 0-3, rows 4-7]
#pragma GCC unroll 2
  for (size_t h = 0; h < 2; ++h) {
    four[4 * h + 0] = vreinterpretq_u64_u32(vzip1q_u32(two[4 * h + 0], two[4 * h + 1]));
    four[4 * h + 1] = vreinterpretq_u64_u32(vzip1q_u32(two[4 * h + 2], two[4 * h + 3]));
    four[4 * h + 2] = vreinterpretq_u64_u32(vzip2q_u32(two[4 * h + 0], two[4 * h + 1]));
    four[4 * h + 3] = vreinterpretq_u64_u32(vzip2q_u32(two[4 * h + 2], two[4 * h + 3]));
  }
#pragma GCC unroll 4
  for (size_t pair = 0; pair < 4; ++pair) {
    const uint64x2_t even = vzip1q_u64(four[2 * pair], four[2 * pair + 1]);
    const uint64x2_t odd = vzip2q_u64(four[2 * pair], four[2 * pair + 1]);
    store(to + 2 * pair * to_stride, widen_halves(vreinterpretq_f16_u64(even)));
    store(to + (2 * pair + 1) * to_stride, widen_halves(vreinterpretq_f16_u64(odd)));
  }
}

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
