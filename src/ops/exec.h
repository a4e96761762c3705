// Where the steps of a model run: the pool, the kernel table and scratch that grows to what was needed.
// One Exec belongs to one thread of control (it may have one step under way at a time).
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/table.h"
#include "platform/buffer.h"
#include "platform/thread_pool.h"

namespace samovar::ops {

class Exec {
 public:
  // Both are borrowed and must outlive the Exec.
  Exec(platform::ThreadPool& pool, const kernels::Table& table)
      : pool_(&pool), table_(&table), scratch_(pool.n_threads()) {}

  [[nodiscard]] platform::ThreadPool& pool() const { return *pool_; }
  [[nodiscard]] const kernels::Table& kernels() const { return *table_; }

  // At least `n` floats for one thread of the pool (the number that run() passes to its body), valid until
  // that thread asks for more.
  [[nodiscard]] float* thread_scratch(size_t thread, size_t n) {
    if (scratch_[thread].size() < n) scratch_[thread].resize(n);
    return scratch_[thread].data();
  }

  // Quantised activations of one matmul input; grows as needed.
  [[nodiscard]] std::byte* quantized(size_t n_bytes) {
    if (quantized_.size() < n_bytes) quantized_.resize(n_bytes);
    return quantized_.data();
  }

  // Calls body(row) for every row, on the pool when n_rows * floats_per_row is worth waking it.
  template <typename Body>
  void for_rows(size_t n_rows, size_t floats_per_row, const Body& body) {
    constexpr size_t kWorthSharing = 16384;
    if (n_rows * floats_per_row < kWorthSharing) {
      for (size_t row = 0; row < n_rows; ++row) body(row);
      return;
    }
    const size_t per_chunk = 1 + 8192 / (floats_per_row + 1);
    pool_->run((n_rows + per_chunk - 1) / per_chunk, [&](size_t chunk, size_t) {
      const size_t end = std::min(n_rows, (chunk + 1) * per_chunk);
      for (size_t row = chunk * per_chunk; row < end; ++row) body(row);
    });
  }

 private:
  platform::ThreadPool* pool_;   // borrowed
  const kernels::Table* table_;  // borrowed
  std::vector<std::vector<float>> scratch_;
  std::vector<std::byte> quantized_;
};

}  // namespace samovar::ops
