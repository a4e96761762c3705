#include <arm_neon.h>

#include "kernels/variants.h"

namespace samovar::kernels::neon_dot {

uint64_t read_bytes(const std::byte* bytes, size_t n) {
  uint8x16_t sums[4] = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
  size_t at = 0;
  for (; at + 64 <= n; at += 64) {
    __builtin_prefetch(bytes + at + 4096);
    const auto* source = reinterpret_cast<const uint8_t*>(bytes + at);
    for (size_t i = 0; i < 4; ++i) sums[i] = veorq_u8(sums[i], vld1q_u8(source + 16 * i));
  }
  const uint64x2_t all =
      vreinterpretq_u64_u8(veorq_u8(veorq_u8(sums[0], sums[1]), veorq_u8(sums[2], sums[3])));
  uint64_t sum = vgetq_lane_u64(all, 0) ^ vgetq_lane_u64(all, 1);
  for (; at < n; ++at) sum ^= static_cast<uint64_t>(bytes[at]);
  return sum;
}

}  // namespace samovar::kernels::neon_dot
