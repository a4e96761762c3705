// Eight floats in two NEON registers, the shape of one AVX2 register: 32 registers hold what 16 do there, so
// the shared bodies' tiles fit as they are. Internal linkage; the includer defines KERNEL_NS.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace samovar::kernels::KERNEL_NS {
namespace {

#define SAMOVAR_LANE [[gnu::always_inline]] inline

struct FloatPair {
  float32x4_t low, high;
};

SAMOVAR_LANE FloatPair spread(float value) { return {vdupq_n_f32(value), vdupq_n_f32(value)}; }
SAMOVAR_LANE FloatPair load_pair(const float* from) { return {vld1q_f32(from), vld1q_f32(from + 4)}; }
SAMOVAR_LANE void store_pair(float* to, FloatPair v) {
  vst1q_f32(to, v.low);
  vst1q_f32(to + 4, v.high);
}

SAMOVAR_LANE FloatPair product(FloatPair a, FloatPair b) {
  return {vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)};
}
// a * b + c, rounded once.
SAMOVAR_LANE FloatPair fused(FloatPair a, FloatPair b, FloatPair c) {
  return {vfmaq_f32(c.low, a.low, b.low), vfmaq_f32(c.high, a.high, b.high)};
}
SAMOVAR_LANE float sum_of_eight(FloatPair v) { return vaddvq_f32(vaddq_f32(v.low, v.high)); }

// Eight f16.
SAMOVAR_LANE FloatPair widen_halves(float16x8_t halves) {
  return {vcvt_f32_f16(vget_low_f16(halves)), vcvt_f32_f16(vget_high_f16(halves))};
}
SAMOVAR_LANE FloatPair widen_bytes(uint8x8_t bytes) {
  const uint16x8_t words = vmovl_u8(bytes);
  return {vcvtq_f32_u32(vmovl_u16(vget_low_u16(words))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(words)))};
}
SAMOVAR_LANE FloatPair widen_signed_bytes(int8x8_t bytes) {
  const int16x8_t words = vmovl_s8(bytes);
  return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(words))), vcvtq_f32_s32(vmovl_s16(vget_high_s16(words)))};
}

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
