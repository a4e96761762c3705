#define KERNEL_NS neon_dot
#include "kernels/activations.h"
#include "kernels/neon_dot/pair.h"
#include "kernels/variants.h"

namespace samovar::kernels::neon_dot {
namespace {

// Below this the scale's reciprocal would overflow; such a block counts as zero.
constexpr float kTiny = 1e-30F;

inline int16x8_t codes_of_eight(FloatPair values, float32x4_t inverse) {
  const int32x4_t low = vcvtnq_s32_f32(vmulq_f32(values.low, inverse));  // to nearest even
  const int32x4_t high = vcvtnq_s32_f32(vmulq_f32(values.high, inverse));
  return vcombine_s16(vqmovn_s32(low), vqmovn_s32(high));
}

inline void quantize_block(const float* x, ActivationBlock& block) {
  FloatPair values[4];
  float32x4_t sizes = vdupq_n_f32(0.0F);
  for (int i = 0; i < 4; ++i) {
    values[i] = load_pair(x + 8 * i);
    // Where one is not a number, the other is taken, as in generic/.
    sizes = vmaxnmq_f32(sizes, vmaxnmq_f32(vabsq_f32(values[i].low), vabsq_f32(values[i].high)));
  }
  const float largest = vmaxnmvq_f32(sizes);
  const bool zero = !(largest > kTiny);
  const float32x4_t inverse = vdupq_n_f32(zero ? 0.0F : 127.0F / largest);
  int32_t sums[2];
  for (int half = 0; half < 2; ++half) {
    const int8x16_t codes = vcombine_s8(vqmovn_s16(codes_of_eight(values[2 * half], inverse)),
                                        vqmovn_s16(codes_of_eight(values[2 * half + 1], inverse)));
    vst1q_s8(block.codes + 16 * half, codes);
    sums[half] = vaddlvq_s8(codes);
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

}  // namespace samovar::kernels::neon_dot
