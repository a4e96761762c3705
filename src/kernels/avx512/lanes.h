// The vector vocabulary of the shared kernel bodies on AVX-512: sixteen lanes. The same names as
// generic/lanes.h, where they are explained; the includer defines KERNEL_NS. Only intrinsics that
// simde knows or kernels/avx512/emulated_intrinsics.h adds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/avx512/intrinsics.h"

namespace samovar::kernels::KERNEL_NS {
namespace {

#define SAMOVAR_LANE [[gnu::always_inline]] inline

using Vec = __m512;

constexpr size_t kLanes = 16;
constexpr size_t kTileRows = 12;  // 24 sums, two vectors of the panel, broadcasts: 27 of 32 registers

SAMOVAR_LANE Vec set1(float value) { return _mm512_set1_ps(value); }
SAMOVAR_LANE Vec zero() { return _mm512_setzero_ps(); }
SAMOVAR_LANE Vec load(const float* from) { return _mm512_loadu_ps(from); }
SAMOVAR_LANE void store(float* to, Vec v) { _mm512_storeu_ps(to, v); }

SAMOVAR_LANE Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
SAMOVAR_LANE Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
SAMOVAR_LANE Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
SAMOVAR_LANE Vec div(Vec a, Vec b) { return _mm512_div_ps(a, b); }
SAMOVAR_LANE Vec min(Vec a, Vec b) { return _mm512_min_ps(a, b); }
SAMOVAR_LANE Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
SAMOVAR_LANE Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
SAMOVAR_LANE Vec fnma(Vec a, Vec b, Vec c) { return _mm512_fnmadd_ps(a, b, c); }

SAMOVAR_LANE __m256 low_half(Vec a) { return _mm512_castps512_ps256(a); }
SAMOVAR_LANE __m256 high_half(Vec a) {
  return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1));
}

SAMOVAR_LANE Vec fmaddsub(Vec a, Vec b, Vec c) {
  const Vec minus_plus = _mm512_castsi512_ps(_mm512_set1_epi64(INT64_C(0x3F800000BF800000)));
  return fma(a, b, mul(c, minus_plus));
}
SAMOVAR_LANE Vec swap_pairs(Vec a) {
  const __m512i index = _mm512_setr_epi32(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  return _mm512_permutexvar_ps(index, a);
}
SAMOVAR_LANE Vec load_pairs(const float* from) {
  const __m512i index = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
  return _mm512_permutexvar_ps(index, _mm512_castps256_ps512(_mm256_loadu_ps(from)));
}

SAMOVAR_LANE float reduce_add(Vec a) {
  const __m256 eight = _mm256_add_ps(low_half(a), high_half(a));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
SAMOVAR_LANE float reduce_max(Vec a) {
  const __m256 eight = _mm256_max_ps(low_half(a), high_half(a));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}
SAMOVAR_LANE void reduce_add_4(Vec a, Vec b, Vec c, Vec d, float* out) {
  const __m256 ab =
      _mm256_hadd_ps(_mm256_add_ps(low_half(a), high_half(a)), _mm256_add_ps(low_half(b), high_half(b)));
  const __m256 cd =
      _mm256_hadd_ps(_mm256_add_ps(low_half(c), high_half(c)), _mm256_add_ps(low_half(d), high_half(d)));
  const __m256 sums = _mm256_hadd_ps(ab, cd);
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1)));
}

SAMOVAR_LANE Vec power_of_two(Vec shifted) {
  const __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
  return _mm512_castsi512_ps(_mm512_add_epi32(exponent, _mm512_set1_epi32(0x3F800000)));
}

SAMOVAR_LANE Vec load_f16(const uint16_t* from) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
#ifdef SAMOVAR_EMULATE_AVX512  // simde lacks the wide form
SAMOVAR_LANE void store_f16(uint16_t* to, Vec v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(low_half(v), 0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 8), _mm256_cvtps_ph(high_half(v), 0));
}
#else
SAMOVAR_LANE void store_f16(uint16_t* to, Vec v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtps_ph(v, 0));
}
#endif

SAMOVAR_LANE Vec load_codes(const int8_t* from) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
SAMOVAR_LANE Vec spread_f16(const uint16_t* from) {
  return _mm512_cvtph_ps(_mm256_set1_epi16(static_cast<int16_t>(*from)));
}

#include "kernels/float/transpose_f16c.inc"

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
