#include "kernels/split.h"

#include "kernels/avx512/vec.h"
#include "kernels/split_layout.h"
#include "kernels/variants.h"

namespace samovar::kernels::avx512 {
namespace {

inline Floats absolute(Floats value) { return _mm512_abs_ps(value); }

inline __m256i dot_of_bytes(__m256i weights, __m256i x) {
  return _mm256_dpbusd_epi32(_mm256_setzero_si256(), weights, x);
}

// clang-format off: each needs those before it
#include "kernels/bodies/formats.inc"
#include "kernels/bodies/tile.inc"
#include "kernels/bodies/split_high.inc"
#include "kernels/bodies/eight.inc"
#include "kernels/bodies/split_low.inc"
// clang-format on

}  // namespace

void multiply_high(const HighTask& task) { multiply_high_any(task); }

void add_low(const LowTask& task) { add_low_rows(task); }

}  // namespace samovar::kernels::avx512
