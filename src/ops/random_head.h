// Output heads with random weights, from a file of their own, and hidden states for them. For tests.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "kernels/random_blocks.h"
#include "ops/head.h"
#include "ops/weights.h"
#include "platform/mapped_file.h"

namespace samovar::ops {

class RandomHead {
 public:
  RandomHead(platform::ThreadPool& pool, const kernels::Table& table, tensor::Type type, size_t rows,
             size_t cols, std::vector<std::byte> bytes)
      : rows_(rows), cols_(cols), values_(rows * cols) {
    const size_t row_bytes = tensor::row_bytes(type, cols);
    for (size_t r = 0; r < rows; ++r) {
      table.dequantize_row(type, &bytes[r * row_bytes], cols, &values_[r * cols]);
    }
    path_ = std::filesystem::temp_directory_path() / ("samovar-head-" + std::to_string(getpid()));
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file_ = std::move(*platform::MappedFile::open(path_));
    const FileMatrix matrix = {type, rows, cols, file_.bytes()};
    arena_ = std::move(*WeightArena::make(table, WeightArena::head_bytes(table, matrix)));
    weights_ = arena_.pack_head(pool, file_, matrix);
  }
  ~RandomHead() { std::filesystem::remove(path_); }
  RandomHead(const RandomHead&) = delete;
  RandomHead& operator=(const RandomHead&) = delete;

  [[nodiscard]] const HeadWeights& weights() const { return weights_; }
  [[nodiscard]] size_t n_rows() const { return rows_; }
  [[nodiscard]] size_t n_cols() const { return cols_; }
  [[nodiscard]] size_t packed_bytes() const { return arena_.used_bytes(); }

  // Hidden states, one after another. Like a model's: along some rows, so that their logits stand out; the
  // last one is noise alone, the bound's worst case.
  [[nodiscard]] std::vector<float> hidden_states(size_t n, uint32_t seed) const {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, 1);
    std::vector<float> x(n * cols_);
    for (float& value : x) value = normal(random);
    for (size_t t = 0; t + 1 < n; ++t) {
      for (int i = 0; i < 6; ++i) {
        const float* row = &values_[random() % rows_ * cols_];
        float size = 0;
        for (size_t c = 0; c < cols_; ++c) size = std::max(size, std::abs(row[c]));
        const float factor = size > 0 && size < 1e9F ? (1.0F + std::abs(normal(random))) / size : 0.0F;
        for (size_t c = 0; c < cols_ && factor > 0; ++c) x[t * cols_ + c] += factor * row[c];
      }
    }
    return x;
  }

 private:
  size_t rows_;
  size_t cols_;
  std::vector<float> values_;  // (rows, cols)
  std::filesystem::path path_;
  platform::MappedFile file_;
  WeightArena arena_;
  HeadWeights weights_;
};

}  // namespace samovar::ops
