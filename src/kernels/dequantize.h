// Rows of the file's own bytes to floats; one plain version for all instruction sets.
#pragma once

#include <cstddef>

#include "tensor/type.h"

namespace samovar::kernels {

// Contract: Table::dequantize_row.
void dequantize_row(tensor::Type type, const std::byte* row, size_t n, float* out);

}  // namespace samovar::kernels
