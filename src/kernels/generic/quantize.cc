#include "kernels/activations.h"
#include "kernels/variants.h"

namespace samovar::kernels::generic {
namespace {

// Below this the scale's reciprocal would overflow; such a block counts as zero.
constexpr float kTiny = 1e-30F;

// Round to nearest even by adding and removing 1.5 * 2^23; |value| is at most 127 and a little.
int32_t round_to_int(float value) {
  const float shifted = value + 12582912.0F;
  int32_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  return bits - 0x4B400000;
}

void quantize_block(const float* x, ActivationBlock& block) {
  float largest = 0;
  for (size_t i = 0; i < kActivationBlock; ++i) {
    const float size = x[i] < 0 ? -x[i] : x[i];
    if (size > largest) largest = size;
  }
  const bool zero = !(largest > kTiny);
  const float inverse = zero ? 0.0F : 127.0F / largest;
  int32_t sums[2] = {0, 0};
  for (size_t i = 0; i < kActivationBlock; ++i) {
    const int32_t code = round_to_int(x[i] * inverse);
    block.codes[i] = static_cast<int8_t>(code);
    sums[i / 16] += block.codes[i];
  }
  block.scale = zero ? 0.0F : largest / 127.0F;
  block.half_sums[0] = block.scale * static_cast<float>(sums[0]);
  block.half_sums[1] = block.scale * static_cast<float>(sums[1]);
  block.sum = block.scale * static_cast<float>(sums[0] + sums[1]);
}

}  // namespace

void quantize_rows(const float* x, size_t x_stride, size_t n_tokens, size_t cols, std::byte* out) {
  for (size_t t = 0; t < n_tokens; ++t) {
    for (size_t c = 0; c < cols; c += kActivationBlock, out += sizeof(ActivationBlock)) {
      ActivationBlock block;
      quantize_block(x + t * x_stride + c, block);
      __builtin_memcpy(out, &block, sizeof block);
    }
  }
}

}  // namespace samovar::kernels::generic
