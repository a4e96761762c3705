#include <immintrin.h>

#include "kernels/activations.h"
#include "kernels/variants.h"

namespace samovar::kernels::avx2 {
namespace {

#include "kernels/bodies/quantize.inc"

}  // namespace

void quantize_rows(const float* x, size_t x_stride, size_t n_tokens, size_t cols, std::byte* out) {
  quantize_all(x, x_stride, n_tokens, cols, out);
}

}  // namespace samovar::kernels::avx2
