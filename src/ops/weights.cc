#include "ops/weights.h"

#include <algorithm>

#include "base/check.h"

namespace samovar::ops {
namespace {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector

size_t n_panels(const kernels::Table& table, size_t rows) {
  return (rows + table.panel_rows - 1) / table.panel_rows;
}

}  // namespace

size_t WeightArena::packed_bytes(const kernels::Table& table, const FileMatrix& matrix) {
  if (!table.packs(matrix.type)) return 0;
  const size_t bytes = n_panels(table, matrix.rows) * table.panel_bytes(matrix.type, matrix.cols);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
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

kernels::PackedMatrix WeightArena::pack(platform::ThreadPool& pool, const platform::MappedFile& file,
                                        const FileMatrix& matrix) {
  kernels::PackedMatrix packed{matrix.type, matrix.rows, matrix.cols, matrix.bytes.data()};
  if (!table_->packs(matrix.type)) return packed;
  std::byte* out = buffer_.data() + used_;
  used_ += packed_bytes(*table_, matrix);
  CHECK(used_ <= buffer_.size_bytes());
  const size_t row_bytes = tensor::row_bytes(matrix.type, matrix.cols);
  const size_t panel_bytes = table_->panel_bytes(matrix.type, matrix.cols);
  const size_t panels = n_panels(*table_, matrix.rows);
  const size_t per_chunk = std::max<size_t>(1, (size_t{1} << 20U) / panel_bytes);
  pool.run((panels + per_chunk - 1) / per_chunk, [&](size_t chunk, size_t) {
    const size_t end = std::min(panels, (chunk + 1) * per_chunk);
    const size_t first_row = chunk * per_chunk * table_->panel_rows;
    for (size_t panel = chunk * per_chunk; panel < end; ++panel) {
      const size_t row = panel * table_->panel_rows;
      const size_t n_rows = std::min(table_->panel_rows, matrix.rows - row);
      table_->pack_panel(matrix.type, matrix.bytes.data() + row * row_bytes, n_rows, matrix.cols,
                         out + panel * panel_bytes);
    }
    const size_t end_row = std::min(matrix.rows, end * table_->panel_rows);
    file.give_back(matrix.bytes.subspan(first_row * row_bytes, (end_row - first_row) * row_bytes));
  });
  packed.data = out;
  return packed;
}

}  // namespace samovar::ops
