// The units of all rows of a panel side by side (panel_layout.h). For packing, compiled for the base
// instruction set only.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/panel_layout.h"

namespace samovar::kernels {
namespace {

template <size_t kRows, size_t kWidth>
uint8_t* interleave(const uint8_t* const* units, size_t offset, size_t n_fields, uint8_t* out) {
  for (size_t field = 0; field < n_fields; ++field, offset += kWidth) {
    for (size_t r = 0; r < kRows; ++r, out += kWidth) std::memcpy(out, units[r] + offset, kWidth);
  }
  return out;
}

// Writes kRows * shape.unit_bytes() bytes; gives the end.
template <size_t kRows>
uint8_t* interleave_unit(const PanelShape& shape, const uint8_t* const* units, uint8_t* out) {
  out = interleave<kRows, 2>(units, 0, shape.halves, out);
  size_t offset = shape.head_bytes();
  for (size_t block = 0; block < shape.blocks; ++block, offset += shape.block_bytes()) {
    out = interleave<kRows, 1>(units, offset, shape.bytes, out);
    out = interleave<kRows, 4>(units, offset + shape.bytes, shape.chunks, out);
  }
  return out;
}

}  // namespace
}  // namespace samovar::kernels
