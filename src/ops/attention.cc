#include "ops/attention.h"

#include <algorithm>
#include <array>
#include <vector>

namespace samovar::ops {
namespace {

constexpr size_t kMaxQueries = 64;  // the kernel's limit for one call
constexpr size_t kFewQueries = 8;   // AttentionMethod::kFewRows reads keys and values anew for more

// Some rows of a segment, all query heads of one key/value head.
struct Tile {
  const Segment* segment = nullptr;
  size_t kv_head = 0;
  size_t first_row = 0;  // of the batch
  size_t n_rows = 0;
};

// Longest tiles first would balance best; chunks are small enough that file order does.
std::vector<Tile> cut_tiles(const AttentionShape& shape, std::span<const Segment> segments) {
  const size_t group = shape.n_heads / shape.n_kv_heads;
  std::vector<Tile> tiles;
  for (const Segment& segment : segments) {
    const bool few = segment.method == kernels::AttentionMethod::kFewRows;
    const size_t rows_per_tile =
        std::max<size_t>(1, (few ? kFewQueries : std::min<size_t>(kMaxQueries, 48)) / group);
    for (size_t row = 0; row < segment.n_rows; row += rows_per_tile) {
      const size_t n_rows = std::min(rows_per_tile, segment.n_rows - row);
      for (size_t head = 0; head < shape.n_kv_heads; ++head) {
        tiles.push_back({&segment, head, segment.first_row + row, n_rows});
      }
    }
  }
  return tiles;
}

struct QueryRows {
  const float* q;
  float* out;
};

void attend_tile(Exec& exec, const AttentionShape& shape, const Tile& tile, const QueryRows& rows,
                 size_t thread) {
  const size_t group = shape.n_heads / shape.n_kv_heads;
  const Segment& segment = *tile.segment;
  std::array<const float*, kMaxQueries> queries{};
  std::array<float*, kMaxQueries> outputs{};
  std::array<int32_t, kMaxQueries> first_key{};
  std::array<int32_t, kMaxQueries> end_key{};
  size_t n = 0;
  const auto flush = [&] {
    kernels::AttentionTask task;
    task.method = segment.method;
    task.head_dim = shape.head_dim;
    task.n_queries = n;
    task.queries = queries.data();
    task.outputs = outputs.data();
    task.first_key = first_key.data();
    task.end_key = end_key.data();
    const size_t at = tile.kv_head * shape.n_ctx * tensor::row_bytes(shape.kv_type, shape.head_dim);
    if (shape.kv_type == tensor::Type::kQ8_0) {
      task.quantized_keys = reinterpret_cast<const kernels::CacheBlock*>(segment.keys + at);
      task.quantized_values = reinterpret_cast<const kernels::CacheBlock*>(segment.values + at);
    } else if (shape.kv_type == tensor::Type::kF32) {
      task.float_keys = reinterpret_cast<const float*>(segment.keys + at);
      task.float_values = reinterpret_cast<const float*>(segment.values + at);
    } else {
      task.keys = reinterpret_cast<const uint16_t*>(segment.keys + at);
      task.values = reinterpret_cast<const uint16_t*>(segment.values + at);
    }
    task.kv_stride = shape.head_dim;
    task.scale = shape.scale;
    task.softcap = shape.softcap;
    task.scratch = exec.thread_scratch(thread, exec.kernels().attention_scratch_floats(shape.head_dim, n));
    exec.kernels().attend(task);
    n = 0;
  };
  for (size_t row = tile.first_row; row < tile.first_row + tile.n_rows; ++row) {
    const int32_t pos = segment.first_pos + static_cast<int32_t>(row - segment.first_row);
    for (size_t head = tile.kv_head * group; head < (tile.kv_head + 1) * group; ++head) {
      const size_t at = (row * shape.n_heads + head) * shape.head_dim;
      queries[n] = rows.q + at;
      outputs[n] = rows.out + at;
      end_key[n] = pos + 1;
      first_key[n] = shape.window > 0 ? std::max(0, pos + 1 - shape.window) : 0;
      if (++n == kMaxQueries) flush();
    }
  }
  if (n != 0) flush();
}

}  // namespace

void run_attention(Exec& exec, const AttentionShape& shape, std::span<const Segment> segments, const float* q,
                   float* out) {
  const std::vector<Tile> tiles = cut_tiles(shape, segments);
  exec.pool().run(tiles.size(), [&](size_t chunk, size_t thread) {
    attend_tile(exec, shape, tiles[chunk], {q, out}, thread);
  });
}

}  // namespace samovar::ops
