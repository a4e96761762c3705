#include "ops/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace samovar::ops {
namespace {

// The dimension whose wave turns `turns` times over the original context (YaRN, equation 17 and below).
double yarn_dimension(const RopeSettings& s, double turns) {
  return static_cast<double>(s.n_dims) *
         std::log(s.yarn_original_context / (turns * 2.0 * std::numbers::pi)) / (2.0 * std::log(s.base));
}

// Share of the unscaled frequency that pair `i` keeps under YaRN: 1 for fast dimensions, 0 for slow ones.
double yarn_share(const RopeSettings& s, size_t i) {
  const double low = std::max(0.0, std::floor(yarn_dimension(s, s.yarn_beta_fast)));
  const double high =
      std::min(static_cast<double>(s.n_dims) - 1.0, std::ceil(yarn_dimension(s, s.yarn_beta_slow)));
  const double ramp = (static_cast<double>(i) - low) / std::max(0.001, high - low);
  return (1.0 - std::clamp(ramp, 0.0, 1.0)) * s.yarn_extrapolation;
}

}  // namespace

Rope::Rope(const RopeSettings& settings, RopePairs pairs) : magnitude_(settings.magnitude), pairs_(pairs) {
  const bool yarn = settings.yarn_extrapolation != 0.0 && settings.yarn_original_context > 0.0;
  for (size_t i = 0; i < settings.n_dims / 2; ++i) {
    double frequency =
        std::pow(settings.base, -2.0 * static_cast<double>(i) / static_cast<double>(settings.n_dims));
    if (!settings.factors.empty()) frequency /= static_cast<double>(settings.factors[i]);
    const double share = yarn ? yarn_share(settings, i) : 0.0;
    frequencies_.push_back(frequency * (settings.frequency_scale * (1.0 - share) + share));
  }
  if (yarn) magnitude_ *= 1.0 + 0.1 * std::log(1.0 / settings.frequency_scale);
}

void Rope::angles(int32_t pos, float* cos, float* sin) const {
  for (size_t i = 0; i < frequencies_.size(); ++i) {
    const double angle = static_cast<double>(pos) * frequencies_[i];
    cos[i] = static_cast<float>(std::cos(angle) * magnitude_);
    sin[i] = static_cast<float>(std::sin(angle) * magnitude_);
  }
}

void Rope::rotate(const kernels::Table& kernels, float* head, const float* cos, const float* sin) const {
  const kernels::RopeTask task{head, cos, sin, frequencies_.size()};
  if (pairs_ == RopePairs::kInterleaved) {
    kernels.rope_interleaved(task);
  } else {
    kernels.rope_neox(task);
  }
}

}  // namespace samovar::ops
