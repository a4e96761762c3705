#include "ops/rope.h"

#include <gtest/gtest.h>

#include <cmath>

namespace samovar::ops {
namespace {

struct Angle {
  std::vector<float> cos;
  std::vector<float> sin;
};

Angle angles(const RopeSettings& settings, int32_t pos) {
  const Rope rope(settings, RopePairs::kHalves);
  Angle out{std::vector<float>(rope.n_pairs()), std::vector<float>(rope.n_pairs())};
  rope.angles(pos, out.cos.data(), out.sin.data());
  return out;
}

RopeSettings plain() {
  RopeSettings settings;
  settings.n_dims = 8;
  return settings;
}

TEST(Rope, TurnsEachPairByItsFrequency) {
  const Angle at = angles(plain(), 3);
  for (size_t i = 0; i < 4; ++i) {
    const double angle = 3.0 * std::pow(10000.0, -2.0 * static_cast<double>(i) / 8.0);
    EXPECT_NEAR(at.cos[i], std::cos(angle), 1e-6);
    EXPECT_NEAR(at.sin[i], std::sin(angle), 1e-6);
  }
}

TEST(Rope, LinearScalingStretchesPositions) {
  RopeSettings scaled = plain();
  scaled.frequency_scale = 0.125;
  const Angle at = angles(scaled, 80);
  const Angle expected = angles(plain(), 10);
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(at.sin[i], expected.sin[i], 1e-6);
}

TEST(Rope, FactorsDivideFrequenciesAndMagnitudeMultiplies) {
  RopeSettings settings = plain();
  settings.factors = {1.0F, 2.0F, 4.0F, 8.0F};
  settings.magnitude = 1.5;
  const Angle at = angles(settings, 5);
  for (size_t i = 0; i < 4; ++i) {
    const double angle =
        5.0 * std::pow(10000.0, -static_cast<double>(i) / 4.0) / std::pow(2.0, static_cast<double>(i));
    EXPECT_NEAR(at.cos[i], 1.5 * std::cos(angle), 1e-5);
  }
}

// YaRN, arXiv:2309.00071: fast dimensions keep their frequency, slow ones are interpolated, and the magnitude
// grows by 0.1 ln(scale) + 1.
TEST(Rope, YarnKeepsFastDimensionsAndInterpolatesSlowOnes) {
  RopeSettings settings;
  settings.n_dims = 128;
  settings.frequency_scale = 0.25;
  settings.yarn_extrapolation = 1.0;
  settings.yarn_original_context = 4096.0;
  RopeSettings unscaled;
  unscaled.n_dims = 128;
  const double magnitude = 1.0 + 0.1 * std::log(4.0);
  const Angle at = angles(settings, 7);
  const Angle kept = angles(unscaled, 7);
  EXPECT_NEAR(at.cos[0], magnitude * static_cast<double>(kept.cos[0]), 1e-5);
  const double slow = 7.0 * std::pow(10000.0, -126.0 / 128.0) / 4.0;
  EXPECT_NEAR(at.sin[63], magnitude * std::sin(slow), 1e-6);
}

TEST(Rope, RotatesPairsOfBothLayouts) {
  RopeSettings settings;
  settings.n_dims = 16;
  for (const RopePairs pairs : {RopePairs::kInterleaved, RopePairs::kHalves}) {
    const Rope rope(settings, pairs);
    std::vector<float> cos(8);
    std::vector<float> sin(8);
    rope.angles(2, cos.data(), sin.data());
    std::vector<float> head(24);  // the last 8 are not rotated
    for (size_t i = 0; i < head.size(); ++i) head[i] = static_cast<float>(i) - 7.5F;
    const std::vector<float> before = head;
    rope.rotate(kernels::table(), head.data(), cos.data(), sin.data());
    for (size_t i = 0; i < 8; ++i) {
      const size_t a = pairs == RopePairs::kInterleaved ? 2 * i : i;
      const size_t b = pairs == RopePairs::kInterleaved ? 2 * i + 1 : i + 8;
      EXPECT_NEAR(head[a], before[a] * cos[i] - before[b] * sin[i], 1e-5);
      EXPECT_NEAR(head[b], before[b] * cos[i] + before[a] * sin[i], 1e-5);
    }
    for (size_t i = 16; i < 24; ++i) EXPECT_EQ(head[i], before[i]);
  }
}

}  // namespace
}  // namespace samovar::ops
