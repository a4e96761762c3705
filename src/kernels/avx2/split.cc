#include "kernels/split.h"

#include "kernels/avx2/vec.h"
#include "kernels/split_layout.h"
#include "kernels/variants.h"

namespace samovar::kernels::avx2 {
namespace {

inline Floats absolute(Floats value) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), value); }

inline __m256i dot_of_bytes(__m256i weights, __m256i x) {
  return _mm256_madd_epi16(_mm256_maddubs_epi16(weights, x), _mm256_set1_epi16(1));
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

}  // namespace samovar::kernels::avx2
