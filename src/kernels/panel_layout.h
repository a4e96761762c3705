// The layout of packed weights, shared by pack.cc and the matmul bodies.
//
// A row is cut into units of one or eight blocks of 32 weights (eight for the K types). A panel stores the
// same unit of all its R rows side by side: first the unit's 2-byte fields (f16 scale, then f16 minimum),
// then for each block its 1-byte fields (scales and minima of the block) and its 4-byte chunks of codes.
// Every field stands R times, once per row, so one vector register holds 4 codes of each of the R rows,
// and a field at byte o of a single row's unit stands at byte o * R of the panel's unit.
//
// Planes of a block's codes, in this order (weight k of the block is byte k % 4 of group k / 4):
//   nibbles    4 chunks; chunk j: low half = group j, high half = group j + 4
//   two-bits   2 chunks; chunk c: bits 2i = group 4c + i
//   one-bit    1 chunk; bit j = group j
//   bytes      8 chunks; chunk j = group j
// one-bit and two-bit planes that extend nibbles stand before them; Q3_K: one-bit, then two-bits.
#pragma once

#include <cstddef>

// Internal linkage: instruction-set folders include it.
namespace samovar::kernels {
namespace {

struct PanelShape {
  size_t halves = 0;  // 2-byte fields of a unit
  size_t blocks = 0;  // blocks of 32 weights in a unit
  size_t bytes = 0;   // 1-byte fields of a block
  size_t chunks = 0;  // 4-byte chunks of a block

  [[nodiscard]] constexpr size_t head_bytes() const { return 2 * halves; }           // per row
  [[nodiscard]] constexpr size_t block_bytes() const { return bytes + 4 * chunks; }  // per row
  [[nodiscard]] constexpr size_t unit_bytes() const { return head_bytes() + blocks * block_bytes(); }
};

constexpr PanelShape kShapeQ4_0 = {1, 1, 0, 4};
constexpr PanelShape kShapeQ4_1 = {2, 1, 0, 4};
constexpr PanelShape kShapeQ5_0 = {1, 1, 0, 5};
constexpr PanelShape kShapeQ5_1 = {2, 1, 0, 5};
constexpr PanelShape kShapeQ8_0 = {1, 1, 0, 8};
constexpr PanelShape kShapeIQ4_NL = {1, 1, 0, 4};
constexpr PanelShape kShapeQ2_K = {2, 8, 2, 2};    // bytes: scale | min << 4 of each half block
constexpr PanelShape kShapeQ3_K = {1, 8, 2, 3};    // bytes: signed scale of each half block
constexpr PanelShape kShapeQ4_K = {2, 8, 2, 4};    // bytes: scale, minimum
constexpr PanelShape kShapeQ5_K = {2, 8, 2, 5};    // bytes: scale, minimum
constexpr PanelShape kShapeQ6_K = {1, 8, 2, 6};    // bytes: signed scale of each half block
constexpr PanelShape kShapeIQ4_XS = {1, 8, 1, 4};  // bytes: signed scale

// The 16 values of IQ4_NL and IQ4_XS codes.
constexpr signed char kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                        1,    13,   25,  38,  53,  69,  89,  113};

}  // namespace
}  // namespace samovar::kernels
