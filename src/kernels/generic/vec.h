// Plain C++ in the shape that the matmul bodies want: 4 codes of each of 8 rows, or one float per row.
// The readable reference for <isa>/vec.h, and what runs where there is no other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/activations.h"
#include "kernels/half.h"
#include "kernels/panel_layout.h"

namespace samovar::kernels::generic {
namespace {

constexpr size_t kRows = 8;
constexpr int kSignedBias = 0;         // signed codes are multiplied as they are
constexpr size_t kTile = 4;            // tokens of a register tile
constexpr size_t kWideTile = 4;        // of the widest tile
constexpr size_t kPrefetchTokens = 0;  // tiles up to this one ask for weights ahead
constexpr bool kPairs = false;         // whether pair_tile.inc is used
constexpr bool kTokenPairs = false;    // whether token_pairs.inc is used

struct Codes {
  uint8_t byte[4 * kRows];
};
struct Floats {
  float row[kRows];
};
struct Sums {
  int32_t row[kRows];
};

inline Codes load_codes(const uint8_t* at) {
  Codes codes;
  __builtin_memcpy(codes.byte, at, sizeof codes.byte);
  return codes;
}
inline Codes fill(int byte) {
  Codes codes;
  __builtin_memset(codes.byte, byte, sizeof codes.byte);
  return codes;
}
inline Codes both(Codes a, const Codes& b) {
  for (size_t i = 0; i < sizeof a.byte; ++i) a.byte[i] = a.byte[i] & b.byte[i];
  return a;
}
inline Codes either(Codes a, const Codes& b) {
  for (size_t i = 0; i < sizeof a.byte; ++i) a.byte[i] = a.byte[i] | b.byte[i];
  return a;
}
template <int kBits>
inline Codes right(Codes a) {
  for (uint8_t& byte : a.byte) byte = static_cast<uint8_t>(byte >> kBits);
  return a;
}
template <int kBits>
inline Codes left(Codes a) {
  for (uint8_t& byte : a.byte) byte = static_cast<uint8_t>(byte << kBits);
  return a;
}
// kIq4Values[code]; signed bytes.
inline Codes iq4_values(Codes codes) {
  for (uint8_t& byte : codes.byte) byte = static_cast<uint8_t>(kIq4Values[byte]);
  return codes;
}
inline Codes signed_codes(Codes codes) { return codes; }

inline Floats fill_float(float value) {
  Floats result;
  for (float& row : result.row) row = value;
  return result;
}
inline Floats zeros() { return fill_float(0.0F); }
inline Floats load_halves(const uint8_t* at) {
  uint16_t halves[kRows];
  __builtin_memcpy(halves, at, sizeof halves);
  Floats result;
  for (size_t r = 0; r < kRows; ++r) result.row[r] = half_to_float(halves[r]);
  return result;
}
inline Floats load_bfloats(const uint8_t* at) {
  uint16_t bfloats[kRows];
  __builtin_memcpy(bfloats, at, sizeof bfloats);
  Floats result;
  for (size_t r = 0; r < kRows; ++r) result.row[r] = bfloat_to_float(bfloats[r]);
  return result;
}
inline Floats load_bytes(const uint8_t* at) {
  Floats result;
  for (size_t r = 0; r < kRows; ++r) result.row[r] = static_cast<float>(at[r]);
  return result;
}
inline Floats load_signed_bytes(const uint8_t* at) {
  Floats result;
  for (size_t r = 0; r < kRows; ++r) result.row[r] = static_cast<float>(static_cast<int8_t>(at[r]));
  return result;
}
inline Floats load_low_nibbles(const uint8_t* at) {
  Floats result;
  for (size_t r = 0; r < kRows; ++r) result.row[r] = static_cast<float>(at[r] & 15);
  return result;
}
inline Floats load_high_nibbles(const uint8_t* at) {
  Floats result;
  for (size_t r = 0; r < kRows; ++r) result.row[r] = static_cast<float>(at[r] >> 4);
  return result;
}
inline Floats load_floats(const float* at) {
  Floats result;
  __builtin_memcpy(result.row, at, sizeof result.row);
  return result;
}
inline void store_floats(float* at, const Floats& value) {
  __builtin_memcpy(at, value.row, sizeof value.row);
}
inline Floats multiply(Floats a, const Floats& b) {
  for (size_t r = 0; r < kRows; ++r) a.row[r] *= b.row[r];
  return a;
}
inline Floats multiply_add(const Floats& a, const Floats& b, Floats c) {
  for (size_t r = 0; r < kRows; ++r) c.row[r] += a.row[r] * b.row[r];
  return c;
}
inline Floats to_floats(const Sums& sums) {
  Floats result;
  for (size_t r = 0; r < kRows; ++r) result.row[r] = static_cast<float>(sums.row[r]);
  return result;
}
inline float sum_of(const Floats& value) {
  float sum = 0;
  for (const float row : value.row) sum += row;
  return sum;
}

// Sums over kGroups groups of 4: weights[j] (unsigned) times activation codes 4j .. 4j+3.
template <int kBits, int kGroups>
inline Sums dot_unsigned(const Codes* weights, const int8_t* codes) {
  Sums sums = {};
  for (size_t j = 0; j < kGroups; ++j) {
    for (size_t i = 0; i < sizeof weights->byte; ++i)
      sums.row[i / 4] += weights[j].byte[i] * codes[4 * j + i % 4];
  }
  return sums;
}

template <int kGroups>
inline Sums dot_signed(const Codes* weights, const int8_t* codes) {
  Sums sums = {};
  for (size_t j = 0; j < kGroups; ++j) {
    for (size_t i = 0; i < sizeof weights->byte; ++i) {
      sums.row[i / 4] += static_cast<int8_t>(weights[j].byte[i]) * codes[4 * j + i % 4];
    }
  }
  return sums;
}

}  // namespace
}  // namespace samovar::kernels::generic
