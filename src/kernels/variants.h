// The tables of all compiled instruction sets, and what each folder gives to its table.
// Internal to kernels/: others use table.h.
#pragma once

#include "kernels/table.h"

namespace samovar::kernels {

namespace generic {
extern const Table kTable;
void quantize_rows(const float* x, size_t x_stride, size_t n_tokens, size_t cols, std::byte* out);
void matmul(const MatmulTask& task);
uint64_t read_bytes(const std::byte* bytes, size_t n);
}  // namespace generic

namespace avx2 {
extern const Table kTable;
void quantize_rows(const float* x, size_t x_stride, size_t n_tokens, size_t cols, std::byte* out);
void matmul(const MatmulTask& task);
uint64_t read_bytes(const std::byte* bytes, size_t n);
}  // namespace avx2

namespace avx512 {
extern const Table kTable;
void quantize_rows(const float* x, size_t x_stride, size_t n_tokens, size_t cols, std::byte* out);
void matmul(const MatmulTask& task);
uint64_t read_bytes(const std::byte* bytes, size_t n);
}  // namespace avx512

}  // namespace samovar::kernels
