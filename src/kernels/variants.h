// The tables of all compiled instruction sets, and what their folders give to them.
// Internal to kernels/: others use table.h. The instruction-set folders may include it: nothing here that
// is called from there has a body (a body compiled with AVX-512 must not become the program's only copy).
#pragma once

#include "kernels/attention/attention.h"
#include "kernels/dequantize.h"
#include "kernels/float/floats.h"
#include "kernels/pack.h"
#include "kernels/table.h"

// Contracts: table.h. matmul_packed takes the packed types, matmul_float F32, F16 and BF16.
#define SAMOVAR_DECLARE_VARIANT(isa)                                                                 \
  namespace isa {                                                                                    \
  extern const Table kTable;                                                                         \
  void quantize_rows(const float* x, size_t x_stride, size_t n_tokens, size_t cols, std::byte* out); \
  void matmul_packed(const MatmulTask& task);                                                        \
  void matmul_float(const MatmulTask& task);                                                         \
  void multiply_high(const HighTask& task);                                                          \
  void add_low(const LowTask& task);                                                                 \
  uint64_t read_bytes(const std::byte* bytes, size_t n);                                             \
  }

namespace samovar::kernels {

SAMOVAR_DECLARE_VARIANT(generic)
SAMOVAR_DECLARE_VARIANT(avx2)
SAMOVAR_DECLARE_VARIANT(avx512)
SAMOVAR_DECLARE_VARIANT(neon_dot)

// Only what differs from neon_dot.
namespace neon_i8mm {
extern const Table kTable;
void matmul_packed(const MatmulTask& task);
}  // namespace neon_i8mm

// Adapters to the signatures of Table, for <isa>/table.cc.
size_t quantized_row_bytes(size_t cols);

template <size_t kRows>
size_t panel_bytes_of(tensor::Type type, size_t cols) {
  return panel_bytes(type, cols, kRows);
}

template <size_t kRows>
void pack_rows_of(tensor::Type type, const std::byte* rows, size_t n_rows, size_t cols, std::byte* panel) {
  pack_panel<kRows>({type, rows, n_rows, cols, panel});
}

template <void (*kPacked)(const MatmulTask&), void (*kFloat)(const MatmulTask&)>
void matmul_with(const MatmulTask& task) {
  if (packs(task.weights->type)) {
    kPacked(task);
  } else {
    kFloat(task);
  }
}

template <uint64_t (*kRead)(const std::byte*, size_t)>
uint64_t read_sweep_with(std::span<const std::byte> bytes) {
  return kRead(bytes.data(), bytes.size());
}

}  // namespace samovar::kernels

#undef SAMOVAR_DECLARE_VARIANT
