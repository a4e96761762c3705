// A weight matrix in two planes: the high bits of its codes, which every product reads, and the low bits,
// which only the rows whose exact product is wanted need. For the output head, where top-k sampling wants few
// rows. docs/decisions/005-exact-split-head.md has the planes' layouts, the bound and its proof.
//
// product[row] = float(high[row] + low[row]), each sum always by the same code: a row's product has the same
// bits whether it is completed alone or with all others, for one token or many.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/type.h"

namespace samovar::kernels {

struct SplitMatrix {
  tensor::Type type = tensor::Type::kF32;
  size_t rows = 0;
  size_t cols = 0;
  const std::byte* high = nullptr;  // borrowed; panels of Table::panel_rows rows, high_panel_bytes() each
  const std::byte* low = nullptr;   // borrowed; rows, low_row_bytes() each
  // Borrowed; (rows up to whole panels). At most this times sum_f |scale_f| * ||x_f|| is what the low plane
  // can add to or take from a row, rounding included; f: the runs of weights that share a scale.
  const float* slack = nullptr;
};

// True for types and row lengths that have two planes: Q8_0 and Q6_K, up to 16384 columns.
[[nodiscard]] bool splits(tensor::Type type, size_t cols);

// Sizes and packing; precondition everywhere: splits(type, cols).
[[nodiscard]] size_t high_panel_bytes(tensor::Type type, size_t cols, size_t panel_rows);
[[nodiscard]] size_t low_row_bytes(tensor::Type type, size_t cols);

struct SplitPackTask {
  tensor::Type type = tensor::Type::kF32;
  const std::byte* file_rows = nullptr;  // n_rows consecutive rows
  size_t n_rows = 0;                     // 1..panel_rows; the missing ones become zero
  size_t cols = 0;
  size_t panel_rows = 0;       // 8 or 16
  std::byte* panel = nullptr;  // high_panel_bytes()
  std::byte* low = nullptr;    // n_rows * low_row_bytes()
  float* slack = nullptr;      // panel_rows
};
void pack_split_panel(const SplitPackTask& task);

// What the planes' products need of a quantised activation row beside its codes: scale, sum and norm of each
// run of activations that meets one weight scale.
[[nodiscard]] size_t run_floats(tensor::Type type, size_t cols);
// Writes run_floats() floats. False when the activations are not finite or so large (1e20) that the bound
// would not cover an overflow: then no row may be left out.
[[nodiscard]] bool measure_runs(tensor::Type type, const std::byte* quantized, size_t cols, float* runs);

// The high plane's products for the panels [panel_begin, panel_end) and all tokens.
struct HighTask {
  const SplitMatrix* weights = nullptr;
  size_t panel_begin = 0;
  size_t panel_end = 0;
  size_t n_tokens = 0;
  const std::byte* quantized = nullptr;  // n_tokens rows of quantized_row_bytes(cols)
  const float* runs = nullptr;           // n_tokens rows of run_floats()
  float* y = nullptr;                    // n_tokens rows of y_stride floats: the sums
  float* upper = nullptr;                // the same shape: no row's product is above this; NaN: not known
  size_t y_stride = 0;
};

// The products of some rows with one token, from their high sums: out[i] = high[rows[i]] + low sum.
struct LowTask {
  const SplitMatrix* weights = nullptr;
  const uint32_t* rows = nullptr;  // n_rows indices; increasing ones are read fastest
  size_t n_rows = 0;
  const std::byte* quantized = nullptr;  // one row
  const float* runs = nullptr;           // one row
  const float* high = nullptr;           // (weights->rows)
  float* out = nullptr;                  // (n_rows)
};

}  // namespace samovar::kernels
