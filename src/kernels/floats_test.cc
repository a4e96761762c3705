// Every compiled instruction set against double precision: odd lengths, unaligned pointers, extremes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/half.h"
#include "kernels/table.h"

namespace samovar::kernels {
namespace {

constexpr size_t kLengths[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 576, 1000, 2305};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Floats : public testing::TestWithParam<const Table*> {
 protected:
  const Table& table() const { return *GetParam(); }
};

std::string isa_name(const testing::TestParamInfo<const Table*>& info) {
  return std::string(info.param->isa);
}

INSTANTIATE_TEST_SUITE_P(Isa, Floats, testing::ValuesIn(available_tables().begin(), available_tables().end()),
                         isa_name);

// n floats that start one float past an aligned address, with a guard value on both sides.
class Row {
 public:
  explicit Row(size_t n) : n_(n), storage_(n + 2, kGuard) {}
  Row(size_t n, float low, float high, uint32_t seed) : Row(n) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(low, high);
    for (size_t i = 0; i < n; ++i) data()[i] = uniform(random);
  }
  float* data() { return storage_.data() + 1; }
  float operator[](size_t i) const { return storage_[i + 1]; }
  float& operator[](size_t i) { return storage_[i + 1]; }
  bool guards_intact() const { return storage_.front() == kGuard && storage_[n_ + 1] == kGuard; }

 private:
  static constexpr float kGuard = 12345.0F;
  size_t n_;
  std::vector<float> storage_;
};

void expect_close(double expected, double actual, double relative, double absolute,
                  const std::string& where) {
  ASSERT_FALSE(std::isnan(actual)) << where;
  ASSERT_LE(std::abs(actual - expected), relative * std::abs(expected) + absolute)
      << where << ": expected " << expected << ", got " << actual;
}

double silu(double x) { return x / (1.0 + std::exp(-x)); }

double gelu_tanh(double x) {
  const double t = std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1.0 + std::tanh(t));
}

TEST_P(Floats, RmsNormMatchesDoublePrecision) {
  for (const size_t n : kLengths) {
    Row x(n, -3.0F, 5.0F, 1);
    Row weight(n, -2.0F, 2.0F, 2);
    Row out(n);
    table().rms_norm(x.data(), weight.data(), 1e-5F, n, out.data());
    double squares = 0.0;
    for (size_t i = 0; i < n; ++i) squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    const double factor = 1.0 / std::sqrt(squares / static_cast<double>(n) + static_cast<double>(1e-5F));
    for (size_t i = 0; i < n; ++i) {
      const double expected = static_cast<double>(x[i]) * factor * static_cast<double>(weight[i]);
      expect_close(expected, static_cast<double>(out[i]), 5e-7, 0.0, "n " + std::to_string(n));
    }
    EXPECT_TRUE(out.guards_intact());
    table().rms_norm(x.data(), weight.data(), 1e-5F, n, x.data());
    for (size_t i = 0; i < n; ++i) EXPECT_EQ(x[i], out[i]) << "in place, n " << n;
    EXPECT_TRUE(x.guards_intact());
  }
}

TEST_P(Floats, RmsNormOfZerosIsZero) {
  Row x(13);
  Row weight(13, 1.0F, 2.0F, 3);
  for (size_t i = 0; i < 13; ++i) x[i] = 0.0F;
  table().rms_norm(x.data(), weight.data(), 1e-6F, 13, x.data());
  for (size_t i = 0; i < 13; ++i) EXPECT_EQ(x[i], 0.0F);
}

TEST_P(Floats, AddAndScaleAreExact) {
  for (const size_t n : kLengths) {
    Row x(n, -3.0F, 3.0F, 4);
    Row y(n, -3.0F, 3.0F, 5);
    const Row before = x;
    table().add(x.data(), y.data(), n);
    for (size_t i = 0; i < n; ++i) ASSERT_EQ(x[i], before[i] + y[i]) << "n " << n;
    const Row sum = x;
    table().scale(x.data(), 1.7F, n);
    for (size_t i = 0; i < n; ++i) ASSERT_EQ(x[i], sum[i] * 1.7F) << "n " << n;
    EXPECT_TRUE(x.guards_intact());
  }
}

TEST_P(Floats, SiluMatchesDoublePrecision) {
  for (const size_t n : kLengths) {
    Row gate(n, -30.0F, 30.0F, 6);
    Row up(n, -2.0F, 2.0F, 7);
    const Row before = gate;
    table().silu_mul(gate.data(), up.data(), n);
    for (size_t i = 0; i < n; ++i) {
      const double expected = silu(static_cast<double>(before[i])) * static_cast<double>(up[i]);
      expect_close(expected, static_cast<double>(gate[i]), 5e-7, 0.0, "x " + std::to_string(before[i]));
    }
    EXPECT_TRUE(gate.guards_intact());
  }
}

// silu(x) of a negative x is x e^x / (1 + e^x): its relative error is that of the exponential.
TEST_P(Floats, ExponentialIsAccurateOverItsWholeRange) {
  constexpr size_t kCount = 4096;
  Row gate(kCount, -80.0F, -16.0F, 8);
  Row up(kCount, 1.0F, 1.0F, 9);
  const Row before = gate;
  table().silu_mul(gate.data(), up.data(), kCount);
  for (size_t i = 0; i < kCount; ++i) {
    const double expected = silu(static_cast<double>(before[i]));
    expect_close(expected, static_cast<double>(gate[i]), 3e-7, 0.0, "x " + std::to_string(before[i]));
  }
}

TEST_P(Floats, GeluMatchesDoublePrecision) {
  for (const size_t n : kLengths) {
    Row gate(n, -12.0F, 12.0F, 10);
    Row up(n, -2.0F, 2.0F, 11);
    const Row before = gate;
    table().gelu_tanh_mul(gate.data(), up.data(), n);
    for (size_t i = 0; i < n; ++i) {
      const double expected = gelu_tanh(static_cast<double>(before[i])) * static_cast<double>(up[i]);
      expect_close(expected, static_cast<double>(gate[i]), 1e-6, 2e-7, "x " + std::to_string(before[i]));
    }
    EXPECT_TRUE(gate.guards_intact());
  }
}

TEST_P(Floats, ActivationsReachTheirLimits) {
  const float large[] = {100.0F, 1e3F, 1e4F, 1e10F, 1e20F, 3e38F};
  for (const float x : large) {
    float gate[2] = {x, -x};
    const float up[2] = {1.0F, 1.0F};
    table().silu_mul(gate, up, 2);
    EXPECT_EQ(gate[0], x);
    EXPECT_EQ(gate[1], 0.0F) << x;
    float other[2] = {x, -x};
    table().gelu_tanh_mul(other, up, 2);
    EXPECT_EQ(other[0], x);
    EXPECT_EQ(other[1], 0.0F) << x;
    float capped[2] = {x, -x};
    table().softcap(capped, 5.0F, 2);
    EXPECT_EQ(capped[0], 5.0F);
    EXPECT_EQ(capped[1], -5.0F);
  }
}

TEST_P(Floats, ActivationsOfZeroAreZero) {
  float gate[1] = {0.0F};
  const float up[1] = {3.0F};
  table().silu_mul(gate, up, 1);
  EXPECT_EQ(gate[0], 0.0F);
  table().gelu_tanh_mul(gate, up, 1);
  EXPECT_EQ(gate[0], 0.0F);
  table().softcap(gate, 30.0F, 1);
  EXPECT_EQ(gate[0], 0.0F);
}

TEST_P(Floats, SoftcapMatchesDoublePrecisionAlsoNearZero) {
  for (const float span : {1e-3F, 1.0F, 40.0F, 400.0F, 1e4F}) {
    for (const size_t n : kLengths) {
      Row x(n, -span, span, 12);
      const Row before = x;
      table().softcap(x.data(), 30.0F, n);
      for (size_t i = 0; i < n; ++i) {
        const double expected = 30.0 * std::tanh(static_cast<double>(before[i]) / 30.0);
        expect_close(expected, static_cast<double>(x[i]), 6e-7, 1e-12, "x " + std::to_string(before[i]));
      }
      EXPECT_TRUE(x.guards_intact());
    }
  }
}

class Rope : public Floats {
 protected:
  // Rotates a head of 2 * n_pairs + 3 dimensions and checks every one of them.
  void check(void (*rotate)(const RopeTask&), size_t n_pairs, size_t pair_step, size_t partner) {
    const size_t head_dim = 2 * n_pairs + 3;
    Row x(head_dim, -2.0F, 2.0F, 13);
    Row angle_cos(n_pairs);
    Row angle_sin(n_pairs);
    for (size_t i = 0; i < n_pairs; ++i) {
      angle_cos[i] = std::cos(0.37F * static_cast<float>(i) + 0.1F);
      angle_sin[i] = std::sin(0.37F * static_cast<float>(i) + 0.1F);
    }
    const Row before = x;
    rotate({x.data(), angle_cos.data(), angle_sin.data(), n_pairs});
    for (size_t i = 0; i < n_pairs; ++i) {
      const double a = static_cast<double>(before[i * pair_step]);
      const double b = static_cast<double>(before[i * pair_step + partner]);
      const double c = static_cast<double>(angle_cos[i]);
      const double s = static_cast<double>(angle_sin[i]);
      const std::string where = "pair " + std::to_string(i) + " of " + std::to_string(n_pairs);
      expect_close(a * c - b * s, static_cast<double>(x[i * pair_step]), 0.0, 5e-7, where);
      expect_close(a * s + b * c, static_cast<double>(x[i * pair_step + partner]), 0.0, 5e-7, where);
    }
    for (size_t i = 2 * n_pairs; i < head_dim; ++i) EXPECT_EQ(x[i], before[i]) << "not rotated";
    EXPECT_TRUE(x.guards_intact());
  }
};

INSTANTIATE_TEST_SUITE_P(Isa, Rope, testing::ValuesIn(available_tables().begin(), available_tables().end()),
                         isa_name);

TEST_P(Rope, NeoxTurnsHalvesAgainstEachOther) {
  for (size_t n_pairs = 1; n_pairs <= 70; ++n_pairs) check(table().rope_neox, n_pairs, 1, n_pairs);
}

TEST_P(Rope, InterleavedTurnsNeighbours) {
  for (size_t n_pairs = 1; n_pairs <= 70; ++n_pairs) check(table().rope_interleaved, n_pairs, 2, 1);
}

// The value of a half, from its definition.
double half_value(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int fraction = half & 1023;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction == 0 ? sign * kInfinity : std::numeric_limits<double>::quiet_NaN();
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST_P(Floats, HalvesOfExactValuesAreThemselves) {
  std::vector<float> x;
  std::vector<uint16_t> expected;
  for (uint32_t half = 0; half < 0x10000; ++half) {
    if ((half & 0x7FFF) > 0x7C00) continue;
    expected.push_back(static_cast<uint16_t>(half));
    x.push_back(static_cast<float>(half_value(static_cast<uint16_t>(half))));
  }
  std::vector<uint16_t> out(x.size());
  table().to_f16(x.data(), x.size(), out.data());
  EXPECT_EQ(out, expected);
}

TEST_P(Floats, HalvesRoundToNearestEven) {
  std::vector<float> x;
  std::vector<uint16_t> expected;
  for (uint16_t half = 0; half < 0x7BFF; ++half) {
    const double low = half_value(half);
    const double middle = (low + half_value(static_cast<uint16_t>(half + 1))) / 2.0;
    const uint16_t even = static_cast<uint16_t>(half + (half & 1));
    const float exact = static_cast<float>(middle);
    for (const auto& [value, rounded] :
         {std::pair{exact, even}, std::pair{std::nextafter(exact, 0.0F), half},
          std::pair{std::nextafter(exact, 1e9F), static_cast<uint16_t>(half + 1)}}) {
      x.push_back(value);
      expected.push_back(rounded);
      x.push_back(-value);
      expected.push_back(static_cast<uint16_t>(rounded | 0x8000));
    }
  }
  std::vector<uint16_t> out(x.size());
  table().to_f16(x.data(), x.size(), out.data());
  EXPECT_EQ(out, expected);
}

TEST_P(Floats, HalvesOfExtremesAndTails) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float extremes[] = {65519.0F, 65520.0F,  1e30F,
                            infinity, -infinity, 1e-30F,
                            -1e-40F,  0.0F,      std::numeric_limits<float>::quiet_NaN()};
  const uint16_t expected[] = {0x7BFF, 0x7C00, 0x7C00, 0x7C00, 0xFC00, 0, 0x8000, 0};
  for (size_t n = 1; n <= 9; ++n) {
    std::vector<uint16_t> out(n + 1, 0xAAAA);
    table().to_f16(extremes, n, out.data());
    for (size_t i = 0; i < n && i < 8; ++i) EXPECT_EQ(out[i], expected[i]) << "x " << extremes[i];
    if (n == 9) {
      EXPECT_TRUE(std::isnan(half_value(out[8])));
    }
    EXPECT_EQ(out[n], 0xAAAA) << "written past the end";
  }
}

TEST_P(Floats, CacheBlocksAreNearestToTheNumbers) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0F, 3.0F);
  std::vector<float> x(32 * 20);
  for (float& value : x) value = normal(random);
  std::fill(x.begin(), x.begin() + 32, 0.0F);
  std::vector<CacheBlock> blocks(20);
  table().to_cache_blocks(x.data(), x.size(), blocks.data());
  for (size_t b = 0; b < blocks.size(); ++b) {
    float largest = 0.0F;
    for (size_t i = 0; i < 32; ++i) largest = std::max(largest, std::abs(x[b * 32 + i]));
    // Half a step; the scale itself is rounded to 11 bits, which the largest code of 127 multiplies.
    const float tolerance = largest / 127.0F * (0.5F + 127.0F / 2048.0F);
    for (size_t i = 0; i < 32; ++i) {
      const float value = half_to_float(blocks[b].scale) * static_cast<float>(blocks[b].codes[i]);
      EXPECT_NEAR(value, x[b * 32 + i], tolerance) << b << ", " << i;
    }
  }
}

}  // namespace
}  // namespace samovar::kernels
