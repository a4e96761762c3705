// simde's AVX-512 under the native names, and the few instructions that simde 0.7.4 lacks.
// Only tests are built with it.
#pragma once

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <immintrin.h>
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>
#include <simde/x86/fma.h>

namespace samovar::kernels::avx512 {
namespace {

inline __m512 emulated_join(__m256 low, __m256 high) {
  return _mm512_castpd_ps(
      _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_castps_pd(low)), _mm256_castps_pd(high), 1));
}
inline __m512i emulated_join(__m256i low, __m256i high) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}
inline __m256i emulated_half(__m512i v, int upper) {
  return upper != 0 ? _mm512_extracti64x4_epi64(v, 1) : _mm512_extracti64x4_epi64(v, 0);
}
inline __m512 emulated_cvtepi32_ps(__m512i v) {
  return emulated_join(_mm256_cvtepi32_ps(emulated_half(v, 0)), _mm256_cvtepi32_ps(emulated_half(v, 1)));
}
inline __m512 emulated_cvtph_ps(__m256i v) {
  return emulated_join(_mm256_cvtph_ps(_mm256_castsi256_si128(v)),
                       _mm256_cvtph_ps(_mm256_extracti128_si256(v, 1)));
}
inline __m512i emulated_cvtepu8_epi32(__m128i v) {
  return emulated_join(_mm256_cvtepu8_epi32(v), _mm256_cvtepu8_epi32(_mm_srli_si128(v, 8)));
}
inline __m512i emulated_cvtepi8_epi32(__m128i v) {
  return emulated_join(_mm256_cvtepi8_epi32(v), _mm256_cvtepi8_epi32(_mm_srli_si128(v, 8)));
}
inline __m512i emulated_cvtepu16_epi32(__m256i v) {
  return emulated_join(_mm256_cvtepu16_epi32(_mm256_castsi256_si128(v)),
                       _mm256_cvtepu16_epi32(_mm256_extracti128_si256(v, 1)));
}
// simde's own takes a scalar step per product. Each product of an unsigned and a signed byte fits 16 bits.
inline __m256i emulated_dot_bytes(__m256i sums, __m256i a, __m256i b) {
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(a, _mm256_set1_epi16(255)),
                                          _mm256_srai_epi16(_mm256_slli_epi16(b, 8), 8));
  const __m256i odd = _mm256_mullo_epi16(_mm256_srli_epi16(a, 8), _mm256_srai_epi16(b, 8));
  const __m256i pairs = _mm256_add_epi32(_mm256_madd_epi16(even, ones), _mm256_madd_epi16(odd, ones));
  return _mm256_add_epi32(sums, pairs);
}
inline __m512i emulated_dpbusd_epi32(__m512i sums, __m512i a, __m512i b) {
  return emulated_join(emulated_dot_bytes(emulated_half(sums, 0), emulated_half(a, 0), emulated_half(b, 0)),
                       emulated_dot_bytes(emulated_half(sums, 1), emulated_half(a, 1), emulated_half(b, 1)));
}
inline float emulated_reduce_add_ps(__m512 v) {
  float lanes[16];
  _mm512_storeu_ps(lanes, v);
  for (int width = 8; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}

}  // namespace
}  // namespace samovar::kernels::avx512

#define _mm512_cvtepi32_ps(v) emulated_cvtepi32_ps(v)
#define _mm512_cvtph_ps(v) emulated_cvtph_ps(v)
#define _mm512_cvtepu8_epi32(v) emulated_cvtepu8_epi32(v)
#define _mm512_cvtepi8_epi32(v) emulated_cvtepi8_epi32(v)
#define _mm512_cvtepu16_epi32(v) emulated_cvtepu16_epi32(v)
#undef _mm512_dpbusd_epi32
#define _mm512_dpbusd_epi32(sums, a, b) emulated_dpbusd_epi32(sums, a, b)
#define _mm512_reduce_add_ps(v) emulated_reduce_add_ps(v)
#undef _mm256_dpbusd_epi32
#define _mm256_dpbusd_epi32(sums, a, b) emulated_dot_bytes(sums, a, b)
