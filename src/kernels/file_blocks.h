// The blocks of quantised rows as GGUF files hold them, opened up. Used by packing and dequantisation;
// plain code for the base instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/type.h"

namespace samovar::kernels {

// A block of 256 weights. The weight of code c in sub-block s is
//   Q2_K:          d * scales[s] * c - d_min * mins[s]            16 sub-blocks
//   Q3_K, Q6_K:    d * int8(scales[s]) * (c - 4 or 32)            16 sub-blocks
//   Q4_K, Q5_K:    d * scales[s] * c - d_min * mins[s]             8 sub-blocks
//   IQ4_XS:        d * int8(scales[s]) * kIq4Values[c]             8 sub-blocks
struct SuperBlock {
  uint16_t d = 0;      // f16
  uint16_t d_min = 0;  // f16; zero where the type has no minima
  uint8_t scales[16] = {};
  uint8_t mins[16] = {};
  uint8_t codes[256] = {};
};

// Opens one block of a K type or IQ4_XS. Precondition: the type's block has 256 elements.
void open_super_block(tensor::Type type, const uint8_t* file_block, SuperBlock& block);

}  // namespace samovar::kernels
