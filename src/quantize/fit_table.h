// The searches of fit.h for the instruction sets that this program was built for. They give the same results,
// bit for bit. Internal to quantize/.
#pragma once

#include "quantize/fit.h"

namespace samovar::quantize {

inline constexpr float kTiny = 1e-15F;
inline constexpr int kSteps = 9;           // scales tried on each side of the plain one
inline constexpr float kStepSize = 0.15F;  // of the codes' range
inline constexpr size_t kFitLanes = 8;     // sums are kept in so many lanes, whatever a register holds

struct FitTable {
  float (*fit_scale)(const float* x, const float* costs, size_t n, int half);
  Line (*fit_line)(const float* x, const float* costs, size_t n, int most, Minimum minimum);
};

extern const FitTable kBaseFits;

// For AVX2; null where the program was built for another architecture.
[[nodiscard]] const FitTable* wide_fits();

}  // namespace samovar::quantize
