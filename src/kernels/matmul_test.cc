#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <span>
#include <string>

#include "kernels/activations.h"
#include "kernels/random_blocks.h"
#include "kernels/table.h"

namespace samovar::kernels {
namespace {

using tensor::Type;

constexpr Type kAllTypes[] = {Type::kF32,  Type::kF16,  Type::kBF16, Type::kQ4_0,   Type::kQ4_1,
                              Type::kQ5_0, Type::kQ5_1, Type::kQ8_0, Type::kQ2_K,   Type::kQ3_K,
                              Type::kQ4_K, Type::kQ5_K, Type::kQ6_K, Type::kIQ4_NL, Type::kIQ4_XS};

// A matrix of random rows and its exact values, packed for one table at an odd address.
struct Matrix {
  Matrix(const Table& table, Type type, size_t n_rows, size_t n_cols, uint32_t seed)
      : rows(n_rows), file(random_rows(type, n_rows, n_cols, seed)), values(n_rows * n_cols) {
    const size_t row_bytes = tensor::row_bytes(type, n_cols);
    for (size_t r = 0; r < rows; ++r)
      table.dequantize_row(type, &file[r * row_bytes], n_cols, &values[r * n_cols]);
    n_panels = (rows + table.panel_rows - 1) / table.panel_rows;
    const size_t misalign = 1 + seed % 3;
    if (!table.packs(type)) {
      storage.resize(file.size() + misalign);
      std::copy(file.begin(), file.end(), storage.begin() + static_cast<std::ptrdiff_t>(misalign));
    } else {
      const size_t bytes = table.panel_bytes(type, n_cols);
      storage.resize(n_panels * bytes + misalign);
      for (size_t p = 0; p < n_panels; ++p) {
        const size_t first = p * table.panel_rows;
        const size_t n = std::min(table.panel_rows, rows - first);
        table.pack_panel(type, &file[first * row_bytes], n, n_cols, &storage[misalign + p * bytes]);
      }
    }
    packed = {type, rows, n_cols, storage.data() + misalign};
  }

  size_t rows;
  size_t n_panels = 0;
  std::vector<std::byte> file;
  std::vector<float> values;  // (rows, cols)
  std::vector<std::byte> storage;
  PackedMatrix packed;
};

std::vector<float> random_activations(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(n);
  for (float& value : x) value = normal(random);
  return x;
}

// Activations of n_tokens rows with padding between rows, and their quantised form at an odd address.
struct Activations {
  Activations(const Table& table, size_t n_tokens, size_t n_cols, uint32_t seed)
      : cols(n_cols), stride(n_cols + 3), x(random_activations(n_tokens * stride + 1, seed)) {
    row_bytes = table.quantized_row_bytes(cols);
    storage.resize(n_tokens * row_bytes + 3);
    table.quantize_rows(row(0), stride, n_tokens, cols, quantized());
  }

  const float* row(size_t token) const { return &x[1 + token * stride]; }
  std::byte* quantized() { return storage.data() + 3; }
  // The value that a block-quantised product sees.
  double seen(size_t token, size_t column) {
    ActivationBlock block;
    std::memcpy(&block, quantized() + token * row_bytes + column / 32 * sizeof block, sizeof block);
    return static_cast<double>(block.scale) * block.codes[column % 32];
  }

  size_t cols;
  size_t stride;
  size_t row_bytes = 0;
  std::vector<float> x;
  std::vector<std::byte> storage;
};

constexpr float kUntouched = -12345.5F;

// Every output against double arithmetic on what the kernel was given: the dequantised weights and the
// quantised activations (whose own error is bounded in QuantizeRows below). What is left is float rounding:
// sums of n terms, of size |w| x, where w may be the difference of scale * code and minimum.
void expect_product(const Table& table, Matrix& matrix, size_t n_tokens, size_t split) {
  const Type type = matrix.packed.type;
  const size_t cols = matrix.packed.cols;
  Activations input(table, n_tokens, cols, static_cast<uint32_t>(cols + n_tokens));
  const size_t y_stride = matrix.rows + 5;
  std::vector<float> y(n_tokens * y_stride + 1, kUntouched);
  MatmulTask task = {.weights = &matrix.packed,
                     .panel_begin = 0,
                     .panel_end = split,
                     .n_tokens = n_tokens,
                     .quantized = input.quantized(),
                     .x = input.row(0),
                     .x_stride = input.stride,
                     .y = y.data() + 1,
                     .y_stride = y_stride};
  table.matmul(task);
  for (size_t t = 0; t < n_tokens; ++t) {
    for (size_t r = split * table.panel_rows; r < y_stride; ++r) {
      ASSERT_EQ(y[1 + t * y_stride + r], kUntouched) << "row " << r << " is outside the panels";
    }
  }
  task.panel_begin = split;
  task.panel_end = matrix.n_panels;
  table.matmul(task);
  for (size_t t = 0; t < n_tokens; ++t) {
    for (size_t r = 0; r < matrix.rows; ++r) {
      const float* weights = &matrix.values[r * cols];
      double sum = 0;
      double size = 0;
      double largest = 0;
      for (size_t c = 0; c < cols; ++c)
        largest = std::max(largest, std::fabs(static_cast<double>(weights[c])));
      for (size_t c = 0; c < cols; ++c) {
        const double x = table.packs(type) ? input.seen(t, c) : static_cast<double>(input.row(t)[c]);
        sum += static_cast<double>(weights[c]) * x;
        size += largest * std::fabs(x);
      }
      ASSERT_NEAR(y[1 + t * y_stride + r], sum, 4e-6 * size + 1e-6)
          << table.isa << " " << tensor::type_info(type).name << " rows " << matrix.rows << " cols " << cols
          << " tokens " << n_tokens << " token " << t << " row " << r;
    }
    for (size_t r = matrix.rows; r < y_stride; ++r) {
      ASSERT_EQ(y[1 + t * y_stride + r], kUntouched) << "row " << r << " is outside the matrix";
    }
  }
}

class MatmulOfEveryType : public testing::TestWithParam<Type> {};

TEST_P(MatmulOfEveryType, AgreesWithDoublesOnOddSizes) {
  const Type type = GetParam();
  for (const Table* table : available_tables()) {
    uint32_t seed = 1;
    for (const size_t cols : {32, 64, 96, 576, 256, 768}) {
      if (cols % tensor::type_info(type).block_elements != 0) continue;
      for (const size_t rows : {1, 7, 8, 9, 17, 100}) {
        Matrix matrix(*table, type, rows, cols, ++seed);
        for (const size_t n_tokens : {1, 2, 3, 4, 5, 7, 16, 33}) {
          expect_product(*table, matrix, n_tokens, matrix.n_panels / 2);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// One size, quick enough for an emulated processor.
TEST_P(MatmulOfEveryType, AgreesWithDoublesOnOneSize) {
  for (const Table* table : available_tables()) {
    Matrix matrix(*table, GetParam(), 21, 512, 7);
    for (const size_t n_tokens : {1, 11}) {
      expect_product(*table, matrix, n_tokens, 1);
      if (HasFatalFailure()) return;
    }
  }
}

// More panels and tokens than one cache block holds.
TEST_P(MatmulOfEveryType, AgreesWithDoublesAcrossCacheBlocks) {
  const Type type = GetParam();
  for (const Table* table : available_tables()) {
    Matrix matrix(*table, type, 173, 2304, 5);
    expect_product(*table, matrix, 61, 3);
    if (HasFatalFailure()) return;
  }
}

// A conversation's text must not depend on who else is answered at the same time.
TEST_P(MatmulOfEveryType, ARowIsTheSameBitForBitInAnyCompany) {
  constexpr size_t kRows = 100;
  constexpr size_t kTokens = 21;
  for (const Table* table : available_tables()) {
    Matrix matrix(*table, GetParam(), kRows, 768, 3);
    Activations input(*table, kTokens, 768, 4);
    const auto multiply = [&](size_t first, size_t n) {
      std::vector<float> y(n * kRows);
      table->matmul({&matrix.packed, 0, matrix.n_panels, n, input.quantized() + first * input.row_bytes,
                     input.row(first), input.stride, y.data(), kRows});
      return y;
    };
    const std::vector<float> all = multiply(0, kTokens);
    for (size_t n = 1; n < kTokens; n += n < 9 ? 1 : 4) {
      for (size_t first = 0; first + n <= kTokens; first += n) {
        const std::vector<float> some = multiply(first, n);
        EXPECT_EQ(std::memcmp(some.data(), &all[first * kRows], some.size() * sizeof(float)), 0)
            << table->isa << ": rows " << first << " to " << first + n << " of " << kTokens;
      }
    }
  }
}

// Columns that are no multiple of a register (float types have blocks of 1).
TEST(Matmul, OddColumnsOfFloatTypes) {
  for (const Table* table : available_tables()) {
    for (const Type type : {Type::kF32, Type::kF16, Type::kBF16}) {
      for (const size_t cols : {1, 5, 17, 31, 65}) {
        Matrix matrix(*table, type, 9, cols, 3);
        std::vector<float> x = random_activations(cols, 1);
        std::vector<float> y(9);
        table->matmul({&matrix.packed, 0, matrix.n_panels, 1, nullptr, x.data(), cols, y.data(), 9});
        for (size_t r = 0; r < 9; ++r) {
          double sum = 0;
          for (size_t c = 0; c < cols; ++c) sum += static_cast<double>(matrix.values[r * cols + c]) * x[c];
          EXPECT_NEAR(y[r], sum, 1e-4) << table->isa;
        }
      }
    }
  }
}

std::string type_label(const testing::TestParamInfo<Type>& info) {
  return std::string(tensor::type_info(info.param).name);
}
INSTANTIATE_TEST_SUITE_P(Types, MatmulOfEveryType, testing::ValuesIn(kAllTypes), type_label);

// Codes at both ends and activations of one sign: the largest sums that the integer lanes must hold.
TEST(Matmul, ExtremeCodesDoNotOverflow) {
  const std::vector<float> x(512, 3.0F);
  for (const Table* table : available_tables()) {
    for (const Type type : kAllTypes) {
      if (!table->packs(type)) continue;
      for (const int byte : {0x00, 0xFF, 0x80, 0x7F}) {
        Matrix matrix(*table, type, 8, 512, 1);
        const tensor::TypeInfo& info = tensor::type_info(type);
        std::vector<std::byte> block(info.block_bytes, static_cast<std::byte>(byte));
        for (const size_t at : half_offsets(type)) {
          block[at] = std::byte{0};
          block[at + 1] = std::byte{0x2C};  // 2^-4
        }
        std::vector<std::byte> file;
        while (file.size() < matrix.file.size()) file.insert(file.end(), block.begin(), block.end());
        std::vector<float> weights(512);
        table->dequantize_row(type, file.data(), 512, weights.data());
        std::vector<std::byte> panel(table->panel_bytes(type, 512));
        table->pack_panel(type, file.data(), 8, 512, panel.data());
        std::vector<std::byte> quantized(table->quantized_row_bytes(512));
        table->quantize_rows(x.data(), 512, 1, 512, quantized.data());
        const PackedMatrix packed = {type, 8, 512, panel.data()};
        float y[16];
        table->matmul({&packed, 0, 1, 1, quantized.data(), x.data(), 512, y, 16});
        double sum = 0;
        double size = 0;
        for (const float weight : weights) {
          sum += 3.0 * weight;
          size += 3.0 * std::fabs(weight);
        }
        EXPECT_NEAR(y[7], sum, 1e-5 * size + 1e-2) << table->isa << " " << info.name << " bytes " << byte;
      }
    }
  }
}

TEST(QuantizeRows, ErrorIsAtMostHalfAStepAndSumsAreOfTheCodes) {
  for (const Table* table : available_tables()) {
    Activations input(*table, 5, 96, 7);
    for (size_t t = 0; t < 5; ++t) {
      for (size_t b = 0; b < 3; ++b) {
        ActivationBlock block;
        std::memcpy(&block, input.quantized() + t * input.row_bytes + b * sizeof block, sizeof block);
        float sums[2] = {};
        float largest = 0;
        for (size_t i = 0; i < 32; ++i) {
          const float x = input.row(t)[32 * b + i];
          largest = std::max(largest, std::fabs(x));
          sums[i / 16] += static_cast<float>(block.codes[i]);
          EXPECT_LE(std::fabs(static_cast<float>(block.codes[i]) * block.scale - x), block.scale * 0.50001F);
          EXPECT_GE(block.codes[i], -127);
        }
        EXPECT_NEAR(block.scale, largest / 127, 1e-7);
        EXPECT_FLOAT_EQ(block.half_sums[0], block.scale * sums[0]);
        EXPECT_FLOAT_EQ(block.half_sums[1], block.scale * sums[1]);
        EXPECT_FLOAT_EQ(block.sum, block.scale * (sums[0] + sums[1]));
      }
    }
  }
}

TEST(QuantizeRows, ZeroAndTinyRowsBecomeZero) {
  for (const Table* table : available_tables()) {
    for (const float value : {0.0F, -0.0F, 1e-38F, 1e-42F}) {
      const std::vector<float> x(32, value);
      ActivationBlock block;
      table->quantize_rows(x.data(), 32, 1, 32, reinterpret_cast<std::byte*>(&block));
      EXPECT_EQ(block.scale, 0.0F);
      EXPECT_EQ(block.sum, 0.0F);
      for (const int8_t code : block.codes) EXPECT_EQ(code, 0);
    }
  }
}

TEST(ReadSweep, SeesEveryByte) {
  std::vector<std::byte> bytes(1003, std::byte{0});
  for (const Table* table : available_tables()) {
    const uint64_t zero = table->read_sweep(bytes);
    for (const size_t at : {0, 255, 256, 700, 1002}) {
      bytes[at] = std::byte{0x5A};
      EXPECT_NE(table->read_sweep(bytes), zero) << table->isa << " byte " << at;
      bytes[at] = std::byte{0};
    }
    EXPECT_EQ(table->read_sweep(std::span<const std::byte>()), zero);
  }
}

}  // namespace
}  // namespace samovar::kernels
