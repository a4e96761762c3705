// A block of 32 quantised activations, as Table::quantize_rows writes and Table::matmul reads them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace samovar::kernels {

struct ActivationBlock {
  int8_t codes[32];    // round(x / scale), -127..127
  float scale;         // largest |x| / 127
  float sum;           // scale * sum of codes: what a weight offset or minimum is multiplied by
  float half_sums[2];  // the same of codes 0-15 and 16-31, for types with a scale per 16
};
static_assert(sizeof(ActivationBlock) == 48);

constexpr size_t kActivationBlock = 32;

}  // namespace samovar::kernels
