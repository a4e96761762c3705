// Rows of floats -> rows of a GGUF file's blocks. The layouts are those that kernels/dequantize.h reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/type.h"

namespace samovar::quantize {

// F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K.
[[nodiscard]] bool can_quantize(tensor::Type type);

// `n` finite floats, a whole number of the type's blocks, into tensor::row_bytes(type, n) bytes. Any thread.
// Precondition: can_quantize(type).
void quantize_row(tensor::Type type, const float* x, size_t n, std::byte* out);

// IEEE 754 binary16, rounded to nearest, ties to even; too large ones become the largest finite one.
[[nodiscard]] uint16_t float_to_half(float value);

}  // namespace samovar::quantize
