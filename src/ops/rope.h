// Rotary position embedding (RoFormer, arXiv:2104.09864) with the scalings that GGUF files carry: linear,
// frequency factors (Llama 3, Phi-3 long rope) and YaRN (arXiv:2309.00071).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/table.h"

namespace samovar::ops {

enum class RopePairs { kInterleaved, kHalves };  // (2i, 2i+1) or (i, i + n/2)

struct RopeSettings {
  size_t n_dims = 0;  // rotated dimensions of a head, even
  double base = 10000.0;
  double frequency_scale = 1.0;     // linear scaling: 1 / factor
  std::vector<float> factors;       // (n_dims / 2) each frequency is divided by its factor; or empty
  double magnitude = 1.0;           // multiplies cosine and sine
  double yarn_extrapolation = 0.0;  // 1: YaRN on; 0: off
  double yarn_beta_fast = 32.0;
  double yarn_beta_slow = 1.0;
  double yarn_original_context = 0.0;  // tokens
};

// Frequencies made once, cosines and sines of a position on demand. Immutable.
class Rope {
 public:
  Rope() = default;
  explicit Rope(const RopeSettings& settings, RopePairs pairs);

  // cos and sin of every pair at position `pos`: n_pairs() floats each.
  void angles(int32_t pos, float* cos, float* sin) const;

  // Rotates one head in place by angles made before.
  void rotate(const kernels::Table& kernels, float* head, const float* cos, const float* sin) const;

  [[nodiscard]] size_t n_pairs() const { return frequencies_.size(); }

 private:
  std::vector<double> frequencies_;  // (n_dims / 2) radians per position
  double magnitude_ = 1.0;
  RopePairs pairs_ = RopePairs::kHalves;
};

}  // namespace samovar::ops
