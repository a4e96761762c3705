#include "quantize/fit.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "kernels/table.h"
#include "quantize/fit_table.h"

namespace samovar::quantize {
namespace {

// A file quantised on one machine has the same digest as on another.
TEST(Fit, EveryInstructionSetGivesTheSameBits) {
  if (wide_fits() == nullptr || !kernels::available_tables().front()->isa.starts_with("avx")) {
    GTEST_SKIP() << "this processor has no AVX2";
  }
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0F, 0.02F);
  for (int round = 0; round < 2000; ++round) {
    std::array<float, kMostFitted> x;
    std::array<float, kMostFitted> costs;
    for (float& value : x) value = round % 7 == 0 ? 0.0F : normal(random) + (round % 3 == 0 ? 0.05F : 0.0F);
    if (round % 5 == 0) x[static_cast<size_t>(round) % x.size()] = 3.0F;
    const size_t n = round % 2 == 0 ? 32 : 16;
    fill_costs(x.data(), n, costs.data());
    for (const int half : {8, 16, 32}) {
      EXPECT_EQ(kBaseFits.fit_scale(x.data(), costs.data(), n, half),
                wide_fits()->fit_scale(x.data(), costs.data(), n, half));
    }
    for (const Minimum minimum : {Minimum::kAny, Minimum::kNotPositive}) {
      const Line base = kBaseFits.fit_line(x.data(), costs.data(), n, 15, minimum);
      const Line wide = wide_fits()->fit_line(x.data(), costs.data(), n, 15, minimum);
      EXPECT_EQ(base.scale, wide.scale);
      EXPECT_EQ(base.minimum, wide.minimum);
    }
  }
}

}  // namespace
}  // namespace samovar::quantize
