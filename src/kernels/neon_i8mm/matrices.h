// What bodies/token_pairs.inc wants, on NEON with SMMLA: it multiplies 8 codes of each of two rows with 8 of
// each of two tokens, 32 products where SDOT does 16. Beside neon_dot/vec.h, in the includer's KERNEL_NS.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/neon_dot/vec.h"

namespace samovar::kernels::KERNEL_NS {
namespace {

constexpr size_t kPairTile = 4;  // pairs of tokens of a register tile

// Eight codes of each of eight rows: two rows to a register.
struct RowPairs {
  int8x16_t rows01, rows23, rows45, rows67;
};
// Four products of two rows and two tokens to a register: row 0 with token 0, row 0 with token 1, row 1 with
// ...
struct PairSums {
  int32x4_t rows01, rows23, rows45, rows67;
};
struct PairFloats {
  float32x4_t rows01, rows23, rows45, rows67;
};

// Two neighbouring groups of four codes.
SAMOVAR_LANE RowPairs join_groups(Codes first, Codes second) {
  const uint32x4_t low[2] = {vreinterpretq_u32_u8(first.low), vreinterpretq_u32_u8(second.low)};
  const uint32x4_t high[2] = {vreinterpretq_u32_u8(first.high), vreinterpretq_u32_u8(second.high)};
  return {vreinterpretq_s8_u32(vzip1q_u32(low[0], low[1])), vreinterpretq_s8_u32(vzip2q_u32(low[0], low[1])),
          vreinterpretq_s8_u32(vzip1q_u32(high[0], high[1])),
          vreinterpretq_s8_u32(vzip2q_u32(high[0], high[1]))};
}

SAMOVAR_LANE PairSums no_pair_sums() {
  const int32x4_t none = vdupq_n_s32(0);
  return {none, none, none, none};
}
SAMOVAR_LANE PairFloats no_pair_floats() {
  const float32x4_t none = vdupq_n_f32(0.0F);
  return {none, none, none, none};
}

// sums += weights times 8 codes at `first` and 8 at `second`.
SAMOVAR_LANE void add_products(PairSums& sums, const RowPairs& weights, const int8_t* first,
                               const int8_t* second) {
  const int8x16_t x = vcombine_s8(vld1_s8(first), vld1_s8(second));
  sums.rows01 = vmmlaq_s32(sums.rows01, weights.rows01, x);
  sums.rows23 = vmmlaq_s32(sums.rows23, weights.rows23, x);
  sums.rows45 = vmmlaq_s32(sums.rows45, weights.rows45, x);
  sums.rows67 = vmmlaq_s32(sums.rows67, weights.rows67, x);
}

// A number of each row, for both tokens.
SAMOVAR_LANE PairFloats spread_rows(Floats rows) {
  return {vzip1q_f32(rows.low, rows.low), vzip2q_f32(rows.low, rows.low), vzip1q_f32(rows.high, rows.high),
          vzip2q_f32(rows.high, rows.high)};
}
// A number of each token, for two rows.
SAMOVAR_LANE float32x4_t spread_tokens(const std::byte* first, const std::byte* second) {
  const float32x2_t two = vld1_lane_f32(reinterpret_cast<const float*>(second),
                                        vld1_dup_f32(reinterpret_cast<const float*>(first)), 1);
  return vcombine_f32(two, two);
}

// total += sums * (scale * x_scale).
SAMOVAR_LANE void add_scaled(PairFloats& total, const PairSums& sums, const PairFloats& scale,
                             float32x4_t x_scale) {
  total.rows01 = vfmaq_f32(total.rows01, vcvtq_f32_s32(sums.rows01), vmulq_f32(scale.rows01, x_scale));
  total.rows23 = vfmaq_f32(total.rows23, vcvtq_f32_s32(sums.rows23), vmulq_f32(scale.rows23, x_scale));
  total.rows45 = vfmaq_f32(total.rows45, vcvtq_f32_s32(sums.rows45), vmulq_f32(scale.rows45, x_scale));
  total.rows67 = vfmaq_f32(total.rows67, vcvtq_f32_s32(sums.rows67), vmulq_f32(scale.rows67, x_scale));
}
// total += minimum * x_sum.
SAMOVAR_LANE void add_minimum(PairFloats& total, const PairFloats& minimum, float32x4_t x_sum) {
  total.rows01 = vfmaq_f32(total.rows01, minimum.rows01, x_sum);
  total.rows23 = vfmaq_f32(total.rows23, minimum.rows23, x_sum);
  total.rows45 = vfmaq_f32(total.rows45, minimum.rows45, x_sum);
  total.rows67 = vfmaq_f32(total.rows67, minimum.rows67, x_sum);
}

SAMOVAR_LANE Floats rows_of_first(const PairFloats& pairs) {
  return {vuzp1q_f32(pairs.rows01, pairs.rows23), vuzp1q_f32(pairs.rows45, pairs.rows67)};
}
SAMOVAR_LANE Floats rows_of_second(const PairFloats& pairs) {
  return {vuzp2q_f32(pairs.rows01, pairs.rows23), vuzp2q_f32(pairs.rows45, pairs.rows67)};
}

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
