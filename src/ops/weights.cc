#include "ops/weights.h"

#include <algorithm>

#include "base/check.h"
#include "kernels/split.h"

namespace samovar::ops {
namespace {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector

size_t n_panels(const kernels::Table& table, size_t rows) {
  return (rows + table.panel_rows - 1) / table.panel_rows;
}

size_t aligned(size_t n_bytes) { return (n_bytes + kAlignment - 1) / kAlignment * kAlignment; }

// Parts of a split head, one after another.
struct SplitBytes {
  size_t high = 0;
  size_t low = 0;
  size_t slack = 0;
};

SplitBytes split_bytes(const kernels::Table& table, const FileMatrix& matrix) {
  const size_t panels = n_panels(table, matrix.rows);
  return {aligned(panels * kernels::high_panel_bytes(matrix.type, matrix.cols, table.panel_rows)),
          aligned(matrix.rows * kernels::low_row_bytes(matrix.type, matrix.cols)),
          aligned(panels * table.panel_rows * sizeof(float))};
}

// Calls pack(panel) for every panel of a matrix on the pool and gives the file's pages back to the system.
template <typename Pack>
void pack_in_chunks(const kernels::Table& table, platform::ThreadPool& pool, const platform::MappedFile& file,
                    const FileMatrix& matrix, const Pack& pack) {
  const size_t row_bytes = tensor::row_bytes(matrix.type, matrix.cols);
  const size_t panels = n_panels(table, matrix.rows);
  const size_t per_chunk = std::max<size_t>(1, (size_t{1} << 20U) / (row_bytes * table.panel_rows));
  pool.run((panels + per_chunk - 1) / per_chunk, [&](size_t chunk, size_t) {
    const size_t end = std::min(panels, (chunk + 1) * per_chunk);
    for (size_t panel = chunk * per_chunk; panel < end; ++panel) pack(panel);
    const size_t first_row = chunk * per_chunk * table.panel_rows;
    const size_t end_row = std::min(matrix.rows, end * table.panel_rows);
    file.give_back(matrix.bytes.subspan(first_row * row_bytes, (end_row - first_row) * row_bytes));
  });
}

}  // namespace

size_t WeightArena::packed_bytes(const kernels::Table& table, const FileMatrix& matrix) {
  if (!table.packs(matrix.type)) return 0;
  const size_t bytes = n_panels(table, matrix.rows) * table.panel_bytes(matrix.type, matrix.cols);
  return aligned(bytes);
}

size_t WeightArena::head_bytes(const kernels::Table& table, const FileMatrix& matrix) {
  if (!kernels::splits(matrix.type, matrix.cols)) return packed_bytes(table, matrix);
  const SplitBytes bytes = split_bytes(table, matrix);
  return bytes.high + bytes.low + bytes.slack;
}

Result<WeightArena> WeightArena::make(const kernels::Table& table, size_t total_bytes) {
  // Prefetches run past the end of the last panel; the extra page keeps reads of whole vectors inside, too.
  auto buffer = platform::Buffer::make(total_bytes + 4096);
  if (!buffer) return buffer.error();
  WeightArena arena;
  arena.table_ = &table;
  arena.buffer_ = std::move(*buffer);
  return arena;
}

std::byte* WeightArena::take(size_t n_bytes) {
  std::byte* out = buffer_.data() + used_;
  used_ += n_bytes;
  CHECK(used_ <= buffer_.size_bytes());
  return out;
}

kernels::PackedMatrix WeightArena::pack(platform::ThreadPool& pool, const platform::MappedFile& file,
                                        const FileMatrix& matrix) {
  kernels::PackedMatrix packed{matrix.type, matrix.rows, matrix.cols, matrix.bytes.data()};
  if (!table_->packs(matrix.type)) return packed;
  std::byte* out = take(packed_bytes(*table_, matrix));
  const size_t row_bytes = tensor::row_bytes(matrix.type, matrix.cols);
  const size_t panel_bytes = table_->panel_bytes(matrix.type, matrix.cols);
  pack_in_chunks(*table_, pool, file, matrix, [&](size_t panel) {
    const size_t row = panel * table_->panel_rows;
    const size_t n_rows = std::min(table_->panel_rows, matrix.rows - row);
    table_->pack_panel(matrix.type, matrix.bytes.data() + row * row_bytes, n_rows, matrix.cols,
                       out + panel * panel_bytes);
  });
  packed.data = out;
  return packed;
}

HeadWeights WeightArena::pack_head(platform::ThreadPool& pool, const platform::MappedFile& file,
                                   const FileMatrix& matrix) {
  if (!kernels::splits(matrix.type, matrix.cols)) return {pack(pool, file, matrix), {}};
  const SplitBytes bytes = split_bytes(*table_, matrix);
  std::byte* high = take(bytes.high);
  std::byte* low = take(bytes.low);
  auto* slack = reinterpret_cast<float*>(take(bytes.slack));
  const size_t row_bytes = tensor::row_bytes(matrix.type, matrix.cols);
  const size_t low_bytes = kernels::low_row_bytes(matrix.type, matrix.cols);
  const size_t panel_bytes = kernels::high_panel_bytes(matrix.type, matrix.cols, table_->panel_rows);
  pack_in_chunks(*table_, pool, file, matrix, [&](size_t panel) {
    const size_t row = panel * table_->panel_rows;
    kernels::pack_split_panel({.type = matrix.type,
                               .file_rows = matrix.bytes.data() + row * row_bytes,
                               .n_rows = std::min(table_->panel_rows, matrix.rows - row),
                               .cols = matrix.cols,
                               .panel_rows = table_->panel_rows,
                               .panel = high + panel * panel_bytes,
                               .low = low + row * low_bytes,
                               .slack = slack + row});
  });
  return {{}, {matrix.type, matrix.rows, matrix.cols, high, low, slack}};
}

}  // namespace samovar::ops
