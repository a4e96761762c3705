#include <cstring>

#include "kernels/variants.h"

namespace samovar::kernels::generic {

uint64_t read_bytes(const std::byte* bytes, size_t n) {
  uint64_t sums[4] = {};
  size_t at = 0;
  for (; at + 32 <= n; at += 32) {
    uint64_t words[4];
    std::memcpy(words, bytes + at, 32);
    for (size_t i = 0; i < 4; ++i) sums[i] ^= words[i];
  }
  uint64_t sum = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
  for (; at < n; ++at) sum ^= static_cast<uint64_t>(bytes[at]);
  return sum;
}

}  // namespace samovar::kernels::generic
