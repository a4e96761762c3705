// One register of AVX-512 as the matmul bodies see it: 4 codes of each of 16 rows, or one float per row.
// Internal linkage; only for files of this folder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/activations.h"
#include "kernels/avx512/intrinsics.h"
#include "kernels/panel_layout.h"

namespace samovar::kernels::avx512 {
namespace {

constexpr size_t kRows = 16;
constexpr int kSignedBias = 128;       // VNNI wants unsigned weights: code + 128, taken off by the minimum
constexpr size_t kTile = 4;            // tokens of a register tile
constexpr size_t kWideTile = 16;       // of the widest tile; 8 to 12 were slower (register spills)
constexpr size_t kPrefetchTokens = 1;  // tiles up to this one ask for weights ahead
constexpr bool kPairs = false;         // whether pair_tile.inc is used
constexpr bool kTokenPairs = false;    // whether token_pairs.inc is used

using Codes = __m512i;  // 64 bytes
using Floats = __m512;  // 16 floats

inline Codes load_codes(const uint8_t* at) { return _mm512_loadu_si512(at); }
inline Codes fill(int byte) { return _mm512_set1_epi8(static_cast<char>(byte)); }
inline Codes both(Codes a, Codes b) { return _mm512_and_si512(a, b); }
inline Codes either(Codes a, Codes b) { return _mm512_or_si512(a, b); }
// Shifts of 16-bit lanes; the caller masks away what crosses a byte.
template <int kBits>
inline Codes right(Codes a) {
  return _mm512_srli_epi16(a, kBits);
}
template <int kBits>
inline Codes left(Codes a) {
  return _mm512_slli_epi16(a, kBits);
}
// kIq4Values[code]; signed bytes.
inline Codes iq4_values(Codes codes) {
  const __m128i table = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kIq4Values));
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(table), codes);
}
inline Codes signed_codes(Codes codes) { return _mm512_xor_si512(codes, fill(0x80)); }

inline __m128i load_row_bytes(const uint8_t* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

inline Floats zeros() { return _mm512_setzero_ps(); }
inline Floats load_halves(const uint8_t* at) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
}
inline Floats load_bytes(const uint8_t* at) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(load_row_bytes(at)));
}
inline Floats load_signed_bytes(const uint8_t* at) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(load_row_bytes(at)));
}
inline Floats load_low_nibbles(const uint8_t* at) {
  const __m128i low = _mm_and_si128(load_row_bytes(at), _mm_set1_epi8(15));
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(low));
}
inline Floats load_high_nibbles(const uint8_t* at) {
  const __m128i high = _mm_and_si128(_mm_srli_epi16(load_row_bytes(at), 4), _mm_set1_epi8(15));
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(high));
}
inline Floats fill_float(float value) { return _mm512_set1_ps(value); }
inline Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
inline Floats multiply_add(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
inline Floats to_floats(__m512i sums) { return _mm512_cvtepi32_ps(sums); }
inline Floats load_floats(const float* at) { return _mm512_loadu_ps(at); }
inline Floats load_bfloats(const uint8_t* at) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bytes), 16));
}
inline void store_floats(float* at, Floats value) { _mm512_storeu_ps(at, value); }
inline float sum_of(Floats value) { return _mm512_reduce_add_ps(value); }

inline __m512i broadcast_group(const int8_t* codes) {
  int group;
  __builtin_memcpy(&group, codes, sizeof group);
  return _mm512_set1_epi32(group);
}

// Sums over kGroups groups of 4: weights[j] (unsigned) times activation codes 4j .. 4j+3.
template <int kBits, int kGroups>
inline __m512i dot_unsigned(const Codes* weights, const int8_t* codes) {
  __m512i sums = _mm512_setzero_si512();
  for (int j = 0; j < kGroups; ++j)
    sums = _mm512_dpbusd_epi32(sums, weights[j], broadcast_group(codes + 4 * j));
  return sums;
}

// Signed codes come biased by kSignedBias.
template <int kGroups>
inline __m512i dot_signed(const Codes* weights, const int8_t* codes) {
  return dot_unsigned<8, kGroups>(weights, codes);
}

}  // namespace
}  // namespace samovar::kernels::avx512
