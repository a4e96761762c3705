// One register of AVX2 as the matmul bodies see it: 4 codes of each of 8 rows, or one float per row.
// Internal linkage; only for files of this folder.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/activations.h"
#include "kernels/panel_layout.h"

namespace samovar::kernels::avx2 {
namespace {

constexpr size_t kRows = 8;
constexpr int kSignedBias = 0;         // signed codes are multiplied as they are
constexpr size_t kTile = 4;            // tokens of a register tile
constexpr size_t kWideTile = 4;        // of the widest tile
constexpr size_t kPrefetchTokens = 1;  // tiles up to this one ask for weights ahead
constexpr bool kPairs = true;          // whether pair_tile.inc is used
constexpr bool kTokenPairs = false;    // whether token_pairs.inc is used

using Codes = __m256i;  // 32 bytes
using Floats = __m256;  // 8 floats
using Sums = __m256i;   // 8 int32

inline Codes load_codes(const uint8_t* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}
inline Codes fill(int byte) { return _mm256_set1_epi8(static_cast<char>(byte)); }
inline Codes both(Codes a, Codes b) { return _mm256_and_si256(a, b); }
inline Codes either(Codes a, Codes b) { return _mm256_or_si256(a, b); }
// Shifts of 16-bit lanes; the caller masks away what crosses a byte.
template <int kBits>
inline Codes right(Codes a) {
  return _mm256_srli_epi16(a, kBits);
}
template <int kBits>
inline Codes left(Codes a) {
  return _mm256_slli_epi16(a, kBits);
}
// kIq4Values[code]; signed bytes.
inline Codes iq4_values(Codes codes) {
  const __m128i table = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kIq4Values));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), codes);
}
inline Codes signed_codes(Codes codes) { return codes; }

inline Floats zeros() { return _mm256_setzero_ps(); }
inline Floats load_halves(const uint8_t* at) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}
inline Floats load_bytes(const uint8_t* at) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at));
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
}
inline Floats load_signed_bytes(const uint8_t* at) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at));
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}
inline Floats load_low_nibbles(const uint8_t* at) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at));
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_and_si128(bytes, _mm_set1_epi8(15))));
}
inline Floats load_high_nibbles(const uint8_t* at) {
  const __m128i bytes = _mm_srli_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)), 4);
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_and_si128(bytes, _mm_set1_epi8(15))));
}
inline Floats fill_float(float value) { return _mm256_set1_ps(value); }
inline Floats multiply(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
inline Floats multiply_add(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
inline Floats to_floats(Sums sums) { return _mm256_cvtepi32_ps(sums); }
inline Floats load_floats(const float* at) { return _mm256_loadu_ps(at); }
inline Floats load_bfloats(const uint8_t* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bytes), 16));
}
inline void store_floats(float* at, Floats value) { _mm256_storeu_ps(at, value); }

inline float sum_of(Floats value) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(value), _mm256_extractf128_ps(value, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

inline __m256i broadcast_group(const int8_t* codes) {
  int group;
  __builtin_memcpy(&group, codes, sizeof group);
  return _mm256_set1_epi32(group);
}

// Products of 4 codes of each row as int16 pairs, for sums across groups: see kFit in pair_tile.inc.
template <bool kSigned>
inline Codes multiply_pairs(Codes weights, Codes group) {
  if constexpr (kSigned) {
    return _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(group, weights));
  } else {
    return _mm256_maddubs_epi16(weights, group);
  }
}
// The empty asm keeps GCC from putting the additions off (it would spill all products first).
inline Codes add_pairs(Codes a, Codes b) {
  Codes sum = _mm256_add_epi16(a, b);
  __asm__("" : "+x"(sum));
  return sum;
}
inline Sums widen_pairs(Codes pairs) { return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)); }
inline Sums add_sums(Sums a, Sums b) {
  Sums sum = _mm256_add_epi32(a, b);
  __asm__("" : "+x"(sum));
  return sum;
}

// Sums over kGroups groups of 4: weights[j] (unsigned, below 2^kBits) times activation codes 4j .. 4j+3.
// maddubs gives int16 pairs of at most 2 * 127 * (2^kBits - 1), so several fit before widening.
template <int kBits, int kGroups>
inline Sums dot_unsigned(const Codes* weights, const int8_t* codes) {
  constexpr int kRun = kBits <= 4 ? 8 : kBits == 5 ? 4 : 2;
  constexpr int kStep = kRun < kGroups ? kRun : kGroups;
  const __m256i ones = _mm256_set1_epi16(1);
  Sums sums = _mm256_setzero_si256();
  for (int j = 0; j < kGroups; j += kStep) {
    __m256i pairs = _mm256_maddubs_epi16(weights[j], broadcast_group(codes + 4 * j));
    for (int i = j + 1; i < j + kStep; ++i) {
      pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(weights[i], broadcast_group(codes + 4 * i)));
    }
    const Sums wide = _mm256_madd_epi16(pairs, ones);
    sums = j == 0 ? wide : _mm256_add_epi32(sums, wide);
  }
  return sums;
}

// The same for signed weights: |w| times x with w's sign.
template <int kGroups>
inline Sums dot_signed(const Codes* weights, const int8_t* codes) {
  const __m256i ones = _mm256_set1_epi16(1);
  Sums sums = _mm256_setzero_si256();
  for (int j = 0; j < kGroups; ++j) {
    const __m256i signed_group = _mm256_sign_epi8(broadcast_group(codes + 4 * j), weights[j]);
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights[j]), signed_group);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, ones));
  }
  return sums;
}

}  // namespace
}  // namespace samovar::kernels::avx2
