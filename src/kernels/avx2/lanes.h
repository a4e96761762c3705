// The vector vocabulary of the shared kernel bodies on AVX2, FMA and F16C: eight lanes. The same names as
// generic/lanes.h, where they are explained; the includer defines KERNEL_NS.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace samovar::kernels::KERNEL_NS {
namespace {

#define SAMOVAR_LANE [[gnu::always_inline]] inline

using Vec = __m256;

constexpr size_t kLanes = 8;
constexpr size_t kTileRows = 6;  // 12 sums, two vectors of the panel, one broadcast: 15 of 16 registers

SAMOVAR_LANE Vec set1(float value) { return _mm256_set1_ps(value); }
SAMOVAR_LANE Vec zero() { return _mm256_setzero_ps(); }
SAMOVAR_LANE Vec load(const float* from) { return _mm256_loadu_ps(from); }
SAMOVAR_LANE void store(float* to, Vec v) { _mm256_storeu_ps(to, v); }

SAMOVAR_LANE Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
SAMOVAR_LANE Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
SAMOVAR_LANE Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
SAMOVAR_LANE Vec div(Vec a, Vec b) { return _mm256_div_ps(a, b); }
SAMOVAR_LANE Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }
SAMOVAR_LANE Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
SAMOVAR_LANE Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
SAMOVAR_LANE Vec fnma(Vec a, Vec b, Vec c) { return _mm256_fnmadd_ps(a, b, c); }
SAMOVAR_LANE Vec fmaddsub(Vec a, Vec b, Vec c) { return _mm256_fmaddsub_ps(a, b, c); }
SAMOVAR_LANE Vec swap_pairs(Vec a) { return _mm256_permute_ps(a, 0xB1); }
SAMOVAR_LANE Vec load_pairs(const float* from) {
  const __m256i index = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
  return _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), index);
}

SAMOVAR_LANE float reduce_add(Vec a) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
SAMOVAR_LANE float reduce_max(Vec a) {
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}
SAMOVAR_LANE void reduce_add_4(Vec a, Vec b, Vec c, Vec d, float* out) {
  const __m256 sums = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1)));
}

SAMOVAR_LANE Vec power_of_two(Vec shifted) {
  const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
  return _mm256_castsi256_ps(_mm256_add_epi32(exponent, _mm256_set1_epi32(0x3F800000)));
}

SAMOVAR_LANE Vec load_f16(const uint16_t* from) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
SAMOVAR_LANE void store_f16(uint16_t* to, Vec v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(v, 0));  // 0: to nearest even
}

SAMOVAR_LANE Vec load_codes(const int8_t* from) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}
SAMOVAR_LANE Vec spread_f16(const uint16_t* from) {
  return _mm256_cvtph_ps(_mm_set1_epi16(static_cast<int16_t>(*from)));
}

#include "kernels/float/transpose_f16c.inc"

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
