#include <immintrin.h>

#include "kernels/variants.h"

namespace samovar::kernels::avx2 {

uint64_t read_bytes(const std::byte* bytes, size_t n) {
  __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                     _mm256_setzero_si256()};
  size_t at = 0;
  for (; at + 128 <= n; at += 128) {
    _mm_prefetch(reinterpret_cast<const char*>(bytes + at + 4096), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(bytes + at + 4160), _MM_HINT_T0);
    for (size_t i = 0; i < 4; ++i) {
      const auto* source = reinterpret_cast<const __m256i*>(bytes + at + 32 * i);
      sums[i] = _mm256_xor_si256(sums[i], _mm256_loadu_si256(source));
    }
  }
  const __m256i all =
      _mm256_xor_si256(_mm256_xor_si256(sums[0], sums[1]), _mm256_xor_si256(sums[2], sums[3]));
  uint64_t words[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), all);
  uint64_t sum = words[0] ^ words[1] ^ words[2] ^ words[3];
  for (; at < n; ++at) sum ^= static_cast<uint64_t>(bytes[at]);
  return sum;
}

}  // namespace samovar::kernels::avx2
