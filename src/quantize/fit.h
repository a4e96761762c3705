// The scale (and minimum) under which a few weights lose least when they become small whole numbers. Plain
// loops; no memory is taken.
#pragma once

#include <cstddef>
#include <cstdint>

namespace samovar::quantize {

inline constexpr size_t kMostFitted = 32;  // weights of one fit; their number is a multiple of 8

// What an error at each weight costs: more for larger ones, which move more of what is computed with them.
// Writes n weights: the root of the mean square plus the weight's own size.
void fill_costs(const float* x, size_t n, float* costs);

// x ≈ scale * code with codes in [-half, half - 1]. 0 when all are (nearly) zero. n <= kMostFitted.
[[nodiscard]] float fit_scale(const float* x, const float* costs, size_t n, int half);

struct Line {
  float scale = 0.0F;    // not negative
  float minimum = 0.0F;  // x ≈ scale * code + minimum
};
enum class Minimum { kAny, kNotPositive };

// Codes in [0, most].
[[nodiscard]] Line fit_line(const float* x, const float* costs, size_t n, int most, Minimum minimum);

// The nearest whole number, ties to the even one. |x| < 2^22.
[[nodiscard]] inline int nearest(float x) {
  constexpr float kShift = 12582912.0F;  // 1.5 * 2^23: the sum has no bits behind the point
  return static_cast<int>((x + kShift) - kShift);
}

}  // namespace samovar::quantize
