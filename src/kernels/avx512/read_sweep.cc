#include "kernels/avx512/intrinsics.h"
#include "kernels/variants.h"

namespace samovar::kernels::avx512 {

uint64_t read_bytes(const std::byte* bytes, size_t n) {
  __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                     _mm512_setzero_si512()};
  size_t at = 0;
  for (; at + 256 <= n; at += 256) {
    for (size_t i = 0; i < 4; ++i) {
      _mm_prefetch(reinterpret_cast<const char*>(bytes + at + 4096 + 64 * i), _MM_HINT_T0);
      sums[i] = _mm512_xor_si512(sums[i], _mm512_loadu_si512(bytes + at + 64 * i));
    }
  }
  const __m512i all =
      _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]), _mm512_xor_si512(sums[2], sums[3]));
  uint64_t words[8];
  _mm512_storeu_si512(words, all);
  uint64_t sum = 0;
  for (const uint64_t word : words) sum ^= word;
  for (; at < n; ++at) sum ^= static_cast<uint64_t>(bytes[at]);
  return sum;
}

}  // namespace samovar::kernels::avx512
