// Matrix products of weights with rows of activations.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/table.h"
#include "ops/exec.h"

namespace samovar::ops {

// Rows of activations: n_rows rows of `cols` floats, `stride` floats apart.
struct Rows {
  const float* x = nullptr;
  size_t n_rows = 0;
  size_t cols = 0;
  size_t stride = 0;
};

// One product of a group that shares its input.
struct Product {
  const kernels::PackedMatrix* weights = nullptr;  // (outputs, cols)
  float* y = nullptr;                              // n_rows rows of `stride` floats
  size_t stride = 0;
};

// y = weights · x for every row and every product of the group (at most 4), in one parallel step; the input
// is quantised once. Precondition: every product's weights->cols equals x.cols.
void run_linear(Exec& exec, const Rows& x, std::span<const Product> products);

// x in the form the kernels multiply with block-quantised weights: n_rows rows of quantized_row_bytes(cols).
// In the Exec's scratch, valid until the next product.
[[nodiscard]] const std::byte* quantize(Exec& exec, const Rows& x);

}  // namespace samovar::ops
