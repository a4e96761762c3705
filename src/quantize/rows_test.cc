#include "quantize/rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "kernels/dequantize.h"
#include "kernels/half.h"

namespace samovar::quantize {
namespace {

using tensor::Type;

std::vector<float> make_normal(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, 0.02F);
  std::vector<float> out(n);
  for (float& x : out) x = normal(random);
  return out;
}

std::vector<float> there_and_back(Type type, const std::vector<float>& x) {
  std::vector<std::byte> row(tensor::row_bytes(type, x.size()));
  quantize_row(type, x.data(), x.size(), row.data());
  std::vector<float> out(x.size());
  kernels::dequantize_row(type, row.data(), x.size(), out.data());
  return out;
}

// Root of the mean square of the error, as a share of that of the weights.
double relative_error(const std::vector<float>& x, const std::vector<float>& y) {
  double error = 0;
  double size = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    error += (static_cast<double>(x[i]) - static_cast<double>(y[i])) *
             (static_cast<double>(x[i]) - static_cast<double>(y[i]));
    size += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  return std::sqrt(error / size);
}

struct Bound {
  Type type;
  double of_all;    // on normally distributed weights
  double of_block;  // the worst block
};

// Measured with these seeds, and a tenth above it.
constexpr Bound kBounds[] = {{Type::kQ4_0, 0.090, 0.14},   {Type::kQ4_1, 0.078, 0.11},
                             {Type::kQ5_0, 0.047, 0.075},  {Type::kQ5_1, 0.039, 0.055},
                             {Type::kQ8_0, 0.0065, 0.01},  {Type::kQ4_K, 0.080, 0.11},
                             {Type::kQ5_K, 0.041, 0.055},  {Type::kQ6_K, 0.022, 0.03},
                             {Type::kF16, 0.0004, 0.0005}, {Type::kF32, 0.0, 0.0}};

TEST(QuantizeRow, LosesNoMoreThanItsBitsCost) {
  for (const Bound& bound : kBounds) {
    ASSERT_TRUE(can_quantize(bound.type));
    const std::vector<float> x = make_normal(size_t{256} * 400, 3);
    const std::vector<float> y = there_and_back(bound.type, x);
    EXPECT_LE(relative_error(x, y), bound.of_all) << tensor::type_info(bound.type).name;
    double worst = 0;
    for (size_t at = 0; at < x.size(); at += 256) {
      const auto part = [at](const std::vector<float>& from) {
        return std::vector<float>(from.begin() + static_cast<std::ptrdiff_t>(at),
                                  from.begin() + static_cast<std::ptrdiff_t>(at + 256));
      };
      worst = std::max(worst, relative_error(part(x), part(y)));
    }
    EXPECT_LE(worst, bound.of_block) << tensor::type_info(bound.type).name;
  }
}

TEST(QuantizeRow, OddBlocksStayFinite) {
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  std::vector<std::vector<float>> rows;
  for (const float value : {0.0F, 1.0F, -1.0F, 65504.0F, -65504.0F, 1e-8F, kSmallest, -1e-20F}) {
    rows.emplace_back(256, value);
    rows.emplace_back(256, 0.0F);
    rows.back()[77] = value;
    rows.emplace_back(256, 0.5F);
    rows.back()[3] = value;
  }
  rows.push_back(make_normal(256, 5));
  for (float& x : rows.back()) x = std::fabs(x) + 3.0F;
  for (const Bound& bound : kBounds) {
    for (const std::vector<float>& row : rows) {
      const std::vector<float> back = there_and_back(bound.type, row);
      float largest = 0.0F;
      for (const float x : row) largest = std::max(largest, std::fabs(x));
      for (size_t i = 0; i < row.size(); ++i) {
        ASSERT_TRUE(std::isfinite(back[i])) << tensor::type_info(bound.type).name;
        // Within one step of four bits over the block's range.
        ASSERT_LE(std::fabs(back[i] - row[i]), largest / 7.0F + 1e-7F)
            << tensor::type_info(bound.type).name << " " << row[0] << " " << row[77] << " at " << i;
      }
    }
  }
}

TEST(QuantizeRow, WhatATypeCanSayExactlyStaysExact) {
  std::mt19937 random(7);
  for (const auto& [type, low, high] : {std::tuple{Type::kQ4_0, -8, 7},
                                        {Type::kQ5_0, -16, 15},
                                        {Type::kQ4_1, 0, 15},
                                        {Type::kQ5_1, 0, 31},
                                        {Type::kQ8_0, -127, 127}}) {
    std::vector<float> x(320);
    for (size_t i = 0; i < x.size(); ++i) {
      const int span = high - low + 1;
      const int code = i % 32 == 0   ? low
                       : i % 32 == 1 ? high
                                     : low + static_cast<int>(random() % static_cast<unsigned>(span));
      x[i] = 0.25F * static_cast<float>(code);
    }
    const std::vector<float> back = there_and_back(type, x);
    for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(back[i], x[i], 1e-5F) << tensor::type_info(type).name;
  }
}

TEST(FloatToHalf, IsTheNearestHalf) {
  for (uint32_t half = 0; half < 0x7C00U; ++half) {
    const float value = kernels::half_to_float(static_cast<uint16_t>(half));
    ASSERT_EQ(float_to_half(value), half);
    ASSERT_EQ(float_to_half(-value), half | 0x8000U);
    if (half + 1 == 0x7C00U) break;
    const float next = kernels::half_to_float(static_cast<uint16_t>(half + 1));
    const float middle = 0.5F * (value + next);
    ASSERT_EQ(float_to_half(middle), half % 2 == 0 ? half : half + 1);
    ASSERT_EQ(float_to_half(std::nextafter(middle, 0.0F)), half);
    ASSERT_EQ(float_to_half(std::nextafter(middle, 1e9F)), half + 1);
  }
  EXPECT_EQ(float_to_half(1e9F), 0x7BFFU);
}

}  // namespace
}  // namespace samovar::quantize
