#include "kernels/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/activations.h"
#include "kernels/file_blocks.h"
#include "kernels/random_blocks.h"
#include "kernels/table.h"

namespace samovar::kernels {
namespace {

using tensor::Type;

constexpr Type kSplitTypes[] = {Type::kQ8_0, Type::kQ6_K};
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// File rows split for one table, planes at odd addresses.
class SplitRows {
 public:
  SplitRows(const Table& table, Type type, size_t rows, size_t cols, std::vector<std::byte> file)
      : table_(&table), file_(std::move(file)) {
    const size_t n_panels = (rows + table.panel_rows - 1) / table.panel_rows;
    const size_t panel = high_panel_bytes(type, cols, table.panel_rows);
    const size_t row = tensor::row_bytes(type, cols);
    const size_t low = low_row_bytes(type, cols);
    high_.resize(n_panels * panel + 1);
    low_.resize(rows * low + 3);
    slack_.resize(n_panels * table.panel_rows);
    for (size_t p = 0; p < n_panels; ++p) {
      const size_t first = p * table.panel_rows;
      pack_split_panel({.type = type,
                        .file_rows = &file_[first * row],
                        .n_rows = std::min(table.panel_rows, rows - first),
                        .cols = cols,
                        .panel_rows = table.panel_rows,
                        .panel = &high_[1 + p * panel],
                        .low = &low_[3 + first * low],
                        .slack = &slack_[first]});
    }
    matrix = {type, rows, cols, high_.data() + 1, low_.data() + 3, slack_.data()};
    values.resize(rows * cols);
    for (size_t r = 0; r < rows; ++r) table.dequantize_row(type, &file_[r * row], cols, &values[r * cols]);
  }

  const Table& table() const { return *table_; }
  size_t n_panels() const { return slack_.size() / table_->panel_rows; }

  SplitMatrix matrix;
  std::vector<float> values;  // (rows, cols)

 private:
  const Table* table_;
  std::vector<std::byte> file_;
  std::vector<std::byte> high_;
  std::vector<std::byte> low_;
  std::vector<float> slack_;
};

// All products of some tokens.
struct Products {
  Products(const SplitRows& rows, const std::vector<float>& x) {
    const Table& table = rows.table();
    const size_t cols = rows.matrix.cols;
    n_tokens = x.size() / cols;
    n_rows = rows.matrix.rows;
    const size_t row_bytes = table.quantized_row_bytes(cols);
    const size_t n_floats = run_floats(rows.matrix.type, cols);
    quantized.resize(n_tokens * row_bytes);
    runs.resize(n_tokens * n_floats);
    table.quantize_rows(x.data(), cols, n_tokens, cols, quantized.data());
    for (size_t t = 0; t < n_tokens; ++t) {
      bounded =
          measure_runs(rows.matrix.type, &quantized[t * row_bytes], cols, &runs[t * n_floats]) && bounded;
    }
    high.assign(n_tokens * n_rows + 1, -1.5F);
    upper = high;
    out = high;
    HighTask task = {.weights = &rows.matrix,
                     .panel_begin = 0,
                     .panel_end = rows.n_panels() / 2,
                     .n_tokens = n_tokens,
                     .quantized = quantized.data(),
                     .runs = runs.data(),
                     .y = high.data(),
                     .upper = upper.data(),
                     .y_stride = n_rows};
    table.multiply_high(task);
    task.panel_begin = task.panel_end;
    task.panel_end = rows.n_panels();
    table.multiply_high(task);
    std::vector<uint32_t> all(n_rows);
    std::iota(all.begin(), all.end(), 0U);
    for (size_t t = 0; t < n_tokens; ++t) complete(rows, t, all, &out[t * n_rows]);
  }

  void complete(const SplitRows& rows, size_t t, const std::vector<uint32_t>& list, float* to) const {
    const size_t cols = rows.matrix.cols;
    rows.table().add_low({.weights = &rows.matrix,
                          .rows = list.data(),
                          .n_rows = list.size(),
                          .quantized = &quantized[t * rows.table().quantized_row_bytes(cols)],
                          .runs = &runs[t * run_floats(rows.matrix.type, cols)],
                          .high = &high[t * n_rows],
                          .out = to});
  }

  double seen(size_t token, size_t column, size_t cols) const {
    ActivationBlock block;
    std::memcpy(&block, &quantized[(token * cols + column) / 32 * sizeof block], sizeof block);
    return static_cast<double>(block.scale) * block.codes[column % 32];
  }

  size_t n_tokens = 0;
  size_t n_rows = 0;
  bool bounded = true;
  std::vector<std::byte> quantized;
  std::vector<float> runs;
  std::vector<float> high, upper, out;  // (n_tokens, n_rows), one more at the end
};

std::vector<float> normal_floats(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(n);
  for (float& value : x) value = normal(random);
  return x;
}

// Against doubles on the dequantised weights and the quantised activations; the tolerance is
// matmul_test.cc's.
void expect_products(const SplitRows& rows, const Products& products) {
  const size_t cols = rows.matrix.cols;
  for (size_t t = 0; t < products.n_tokens; ++t) {
    for (size_t r = 0; r < products.n_rows; ++r) {
      const float* weights = &rows.values[r * cols];
      double sum = 0;
      double sizes = 0;
      double largest = 0;
      for (size_t c = 0; c < cols; ++c) largest = std::max(largest, std::fabs(double{weights[c]}));
      for (size_t c = 0; c < cols; ++c) {
        sum += weights[c] * products.seen(t, c, cols);
        sizes += largest * std::fabs(products.seen(t, c, cols));
      }
      const size_t at = t * products.n_rows + r;
      ASSERT_NEAR(products.out[at], sum, 4e-6 * sizes + 1e-6)
          << rows.table().isa << " rows " << products.n_rows << " cols " << cols << " token " << t << " row "
          << r;
      ASSERT_LE(products.out[at], products.upper[at]) << rows.table().isa << " token " << t << " row " << r;
    }
  }
  EXPECT_EQ(products.high.back(), -1.5F);
  EXPECT_EQ(products.upper.back(), -1.5F);
  EXPECT_EQ(products.out.back(), -1.5F);
}

class SplitOfEveryType : public testing::TestWithParam<Type> {};

TEST_P(SplitOfEveryType, PlanesAddUpToTheProduct) {
  const Type type = GetParam();
  for (const Table* table : available_tables()) {
    uint32_t seed = 1;
    for (const size_t cols : {32, 64, 96, 288, 576, 256, 768, 2304}) {
      if (cols % tensor::type_info(type).block_elements != 0) continue;
      for (const size_t n_rows : {1, 7, 8, 9, 17, 70}) {
        const SplitRows rows(*table, type, n_rows, cols, random_rows(type, n_rows, cols, ++seed));
        for (const size_t n_tokens : {1, 3, 6}) {
          const Products products(rows, normal_floats(n_tokens * cols, seed));
          EXPECT_TRUE(products.bounded);
          expect_products(rows, products);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

// One row alone and one token alone give the bits of all rows and all tokens.
TEST_P(SplitOfEveryType, BitsDoNotDependOnTheCompany) {
  const Type type = GetParam();
  constexpr size_t kRows = 37;
  constexpr size_t kCols = 768;
  for (const Table* table : available_tables()) {
    const SplitRows rows(*table, type, kRows, kCols, random_rows(type, kRows, kCols, 3));
    const std::vector<float> x = normal_floats(7 * kCols, 5);
    const Products together(rows, x);
    for (size_t t = 0; t < 7; ++t) {
      const Products alone(rows, {x.begin() + static_cast<std::ptrdiff_t>(t * kCols),
                                  x.begin() + static_cast<std::ptrdiff_t>((t + 1) * kCols)});
      for (uint32_t r = 0; r < kRows; ++r) {
        const size_t at = t * kRows + r;
        EXPECT_EQ(together.high[at], alone.high[r]);
        EXPECT_EQ(together.upper[at], alone.upper[r]);
        EXPECT_EQ(together.out[at], alone.out[r]);
        float one = 0;
        together.complete(rows, t, {r}, &one);
        EXPECT_EQ(one, together.out[at]) << table->isa << " row " << r;
      }
    }
  }
}

// Low codes of a file block about their centre.
std::vector<float> low_parts(Type type, const std::vector<std::byte>& block) {
  std::vector<float> parts;
  if (type == Type::kQ8_0) {
    for (size_t i = 2; i < block.size(); ++i)
      parts.push_back(static_cast<float>(static_cast<int>(block[i]) & 7) - 3.5F);
    return parts;
  }
  SuperBlock open;
  open_super_block(type, reinterpret_cast<const uint8_t*>(block.data()), open);
  for (const uint8_t code : open.codes) parts.push_back(static_cast<float>(code & 3) - 1.5F);
  return parts;
}

// Activations along what the low plane holds: there the bound is nearly met, and must still hold.
TEST_P(SplitOfEveryType, TheBoundIsTightAndHolds) {
  const Type type = GetParam();
  constexpr size_t kCols = 512;
  const size_t block_bytes = tensor::type_info(type).block_bytes;
  for (const Table* table : available_tables()) {
    for (uint32_t seed = 0; seed < 50; ++seed) {
      std::vector<std::byte> block = random_rows(type, 1, tensor::type_info(type).block_elements, seed);
      if (type == Type::kQ6_K) std::fill_n(block.begin() + 192, 16, std::byte{7});
      std::vector<std::byte> file;
      while (file.size() < kCols / tensor::type_info(type).block_elements * block_bytes) {
        file.insert(file.end(), block.begin(), block.end());
      }
      const SplitRows rows(*table, type, 1, kCols, file);
      const std::vector<float> low = low_parts(type, block);
      float tightest = 0;
      for (const float sign : {1.0F, -1.0F}) {
        std::vector<float> x(kCols);
        for (size_t c = 0; c < kCols; ++c) x[c] = sign * low[c % low.size()];
        const Products products(rows, x);
        ASSERT_FALSE(products.out[0] > products.upper[0]) << table->isa << " seed " << seed;
        const float moved = products.out[0] - products.high[0];
        tightest = std::max(tightest, moved / (products.upper[0] - products.high[0]));
      }
      EXPECT_GT(tightest, 0.8F) << table->isa << " seed " << seed;
    }
  }
}

// Codes at both ends and activations of one sign: the largest sums that the integer lanes must hold.
TEST_P(SplitOfEveryType, ExtremeCodesDoNotOverflow) {
  const Type type = GetParam();
  for (const Table* table : available_tables()) {
    for (const int byte : {0x00, 0xFF, 0x80, 0x7F}) {
      std::vector<std::byte> file(8 * tensor::row_bytes(type, 512), static_cast<std::byte>(byte));
      const size_t half_at = type == Type::kQ8_0 ? 0 : 208;
      for (size_t at = half_at; at < file.size(); at += tensor::type_info(type).block_bytes) {
        file[at] = std::byte{0};
        file[at + 1] = std::byte{0x2C};  // 2^-4
      }
      const SplitRows rows(*table, type, 8, 512, file);
      expect_products(rows, Products(rows, std::vector<float>(512, 3.0F)));
      expect_products(rows, Products(rows, std::vector<float>(512, -3.0F)));
    }
  }
}

// Whatever the scales hold: a row may be left out below a threshold only if its product is below it, too.
TEST_P(SplitOfEveryType, HostileScalesAreNeverLeftOutWrongly) {
  const Type type = GetParam();
  constexpr size_t kRows = 64;
  constexpr size_t kCols = 512;
  const size_t half_at = type == Type::kQ8_0 ? 0 : 208;
  const size_t block_bytes = tensor::type_info(type).block_bytes;
  for (const Table* table : available_tables()) {
    for (const uint16_t half : std::initializer_list<uint16_t>{0x7C00, 0xFC00, 0x7E00, 0xFE01, 0x0000, 0x8000,
                                                               0x0001, 0x8001, 0x7BFF, 0xFBFF}) {
      std::vector<std::byte> file = random_rows(type, kRows, kCols, half);
      for (size_t r = 0; r < kRows; ++r) {
        const size_t n_blocks = kCols / tensor::type_info(type).block_elements;
        const size_t at = r * n_blocks * block_bytes + r % n_blocks * block_bytes + half_at;
        std::memcpy(&file[at], &half, 2);
      }
      const SplitRows rows(*table, type, kRows, kCols, file);
      for (const float size : {1.0F, 1e-28F, 1e15F, 0.0F}) {
        std::vector<float> x = normal_floats(kCols, half);
        for (float& value : x) value *= size;
        const Products products(rows, x);
        EXPECT_TRUE(products.bounded);
        for (size_t r = 0; r < kRows; ++r) {
          EXPECT_FALSE(products.out[r] > products.upper[r])
              << table->isa << " scale " << half << " row " << r << " x " << size;
        }
      }
    }
  }
}

TEST_P(SplitOfEveryType, SaysWhenActivationsAreOutOfBounds) {
  const Type type = GetParam();
  for (const Table* table : available_tables()) {
    const SplitRows rows(*table, type, 8, 256, random_rows(type, 8, 256, 1));
    for (const float bad : {kInfinity, -kInfinity, 1e25F, std::numeric_limits<float>::quiet_NaN()}) {
      std::vector<float> x = normal_floats(256, 1);
      x[77] = bad;
      const Products products(rows, x);
      // A NaN may be quantised away; then all is finite.
      if (products.bounded) {
        for (const float value : products.out) EXPECT_TRUE(std::isfinite(value)) << table->isa;
      }
    }
  }
}

TEST(Split, TakesTwoTypesAndLittleMemory) {
  EXPECT_FALSE(splits(Type::kQ4_0, 2304));
  EXPECT_FALSE(splits(Type::kF16, 2304));
  EXPECT_FALSE(splits(Type::kQ8_0, 16416));
  for (const Type type : kSplitTypes) {
    for (const size_t cols : {768, 1024, 2304, 4096, 16384}) {
      ASSERT_TRUE(splits(type, cols));
      const size_t split = high_panel_bytes(type, cols, 8) / 8 + low_row_bytes(type, cols) + sizeof(float);
      EXPECT_LE(static_cast<double>(split), 1.1 * static_cast<double>(tensor::row_bytes(type, cols)));
    }
  }
  EXPECT_LE(high_panel_bytes(Type::kQ8_0, 576, 8) / 8 + low_row_bytes(Type::kQ8_0, 576) + 4,
            tensor::row_bytes(Type::kQ8_0, 576) * 11 / 10);
}

std::string type_label(const testing::TestParamInfo<Type>& info) {
  return std::string(tensor::type_info(info.param).name);
}
INSTANTIATE_TEST_SUITE_P(Types, SplitOfEveryType, testing::ValuesIn(kSplitTypes), type_label);

}  // namespace
}  // namespace samovar::kernels
