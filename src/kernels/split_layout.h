// The layout of a split matrix, shared by split.cc and the instruction-set folders.
//
// Codes are cut into h (high bits) and l (low bits); a weight is scale * (code - offset) =
//   Q8_0:  8 d (h - 124.5 / 8)     + d (l - 3.5)       code = int8 + 128, 5 and 3 bits
//   Q6_K:  4 d s (h - 30.5 / 4)    + d s (l - 1.5)     4 and 2 bits; s: int8 scale of 16 weights
// The halves in the middle keep what is left out small and without a bias.
//
// High plane: panels (panel_layout.h) of h as nibbles, for Q8_0 behind a one-bit plane. Low plane: rows.
//   Q8_0:  f16 scales, up to whole eights; per block 8 bytes of two-bit codes and 4 bytes of third bits
//   Q6_K:  f16 scales; 16 int8 scales per 256 weights; per block of 32 eight bytes of two-bit codes
// Two-bit codes: byte i holds weights i, i + 8, i + 16, i + 24 from bit 0 on. Third bits: byte k holds
// weights k, k + 4, k + 8 .. from bit 0 on. Runs: 32 weights (Q8_0) or 16 (Q6_K) with one scale. Floats of a
// token's runs: scales, sums, norms, each up to whole eights with zeros.
#pragma once

#include <cstddef>

#include "kernels/panel_layout.h"

// Internal linkage: instruction-set folders include it.
namespace samovar::kernels {
namespace {

constexpr PanelShape kShapeHighQ8_0 = {1, 1, 0, 5};
constexpr PanelShape kShapeHighQ6_K = {1, 8, 2, 4};  // bytes: signed scale of each half block

constexpr float kHighStepQ8_0 = 8.0F;
constexpr float kHighStepQ6_K = 4.0F;
constexpr float kHighCentreQ8_0 = 124.5F / 8.0F;  // in steps
constexpr float kHighCentreQ6_K = 30.5F / 4.0F;
constexpr float kLowCentreQ8_0 = 3.5F;
constexpr float kLowCentreQ6_K = 1.5F;

constexpr size_t kLowBlockQ8_0 = 12;  // bytes
constexpr size_t kLowBlockQ6_K = 8;

constexpr size_t up_to_eights(size_t n) { return (n + 7) / 8 * 8; }

}  // namespace
}  // namespace samovar::kernels
