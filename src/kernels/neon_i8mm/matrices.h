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
  int8x16_t rows[4];
};
// Four products of two rows and two tokens: row 0 with token 0, row 0 with token 1, row 1 with token 0 ...
struct PairSums {
  int32x4_t rows[4];
};
struct PairFloats {
  float32x4_t rows[4];
};

// Two neighbouring groups of four codes.
SAMOVAR_LANE RowPairs join_groups(Codes first, Codes second) {
  const uint32x4_t low[2] = {vreinterpretq_u32_u8(first.low), vreinterpretq_u32_u8(second.low)};
  const uint32x4_t high[2] = {vreinterpretq_u32_u8(first.high), vreinterpretq_u32_u8(second.high)};
  return {{vreinterpretq_s8_u32(vzip1q_u32(low[0], low[1])), vreinterpretq_s8_u32(vzip2q_u32(low[0], low[1])),
           vreinterpretq_s8_u32(vzip1q_u32(high[0], high[1])),
           vreinterpretq_s8_u32(vzip2q_u32(high[0], high[1]))}};
}

SAMOVAR_LANE PairSums no_pair_sums() {
  const int32x4_t none = vdupq_n_s32(0);
  return {{none, none, none, none}};
}
SAMOVAR_LANE PairFloats no_pair_floats() {
  const float32x4_t none = vdupq_n_f32(0.0F);
  return {{none, none, none, none}};
}

// sums + weights times 8 codes at `first` and 8 at `second`.
SAMOVAR_LANE PairSums add_products(PairSums sums, const RowPairs& weights, const int8_t* first,
                                   const int8_t* second) {
  const int8x16_t x = vcombine_s8(vld1_s8(first), vld1_s8(second));
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) sums.rows[i] = vmmlaq_s32(sums.rows[i], weights.rows[i], x);
  return sums;
}

// A number of each row, for both tokens.
SAMOVAR_LANE PairFloats spread_rows(Floats rows) {
  return {{vzip1q_f32(rows.low, rows.low), vzip2q_f32(rows.low, rows.low), vzip1q_f32(rows.high, rows.high),
           vzip2q_f32(rows.high, rows.high)}};
}
// A number of each token, for two rows.
SAMOVAR_LANE float32x4_t spread_tokens(const std::byte* first, const std::byte* second) {
  const float32x2_t two = vld1_lane_f32(reinterpret_cast<const float*>(second),
                                        vld1_dup_f32(reinterpret_cast<const float*>(first)), 1);
  return vcombine_f32(two, two);
}

// total + sums * (scale * x_scale).
SAMOVAR_LANE PairFloats add_scaled(PairFloats total, const PairSums& sums, const PairFloats& scale,
                                   float32x4_t x_scale) {
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) {
    const float32x4_t factor = vmulq_f32(scale.rows[i], x_scale);
    total.rows[i] = vfmaq_f32(total.rows[i], vcvtq_f32_s32(sums.rows[i]), factor);
  }
  return total;
}
// total + minimum * x_sum.
SAMOVAR_LANE PairFloats add_minimum(PairFloats total, const PairFloats& minimum, float32x4_t x_sum) {
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; ++i) total.rows[i] = vfmaq_f32(total.rows[i], minimum.rows[i], x_sum);
  return total;
}

SAMOVAR_LANE Floats rows_of_first(const PairFloats& pairs) {
  return {vuzp1q_f32(pairs.rows[0], pairs.rows[1]), vuzp1q_f32(pairs.rows[2], pairs.rows[3])};
}
SAMOVAR_LANE Floats rows_of_second(const PairFloats& pairs) {
  return {vuzp2q_f32(pairs.rows[0], pairs.rows[1]), vuzp2q_f32(pairs.rows[2], pairs.rows[3])};
}

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
