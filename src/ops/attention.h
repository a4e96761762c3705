// Attention of a batch's rows over the key/value cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ops/exec.h"

namespace samovar::ops {

// Consecutive rows of a batch that belong to one sequence, at consecutive positions.
struct Segment {
  kernels::AttentionMethod method = kernels::AttentionMethod::kFewRows;
  size_t first_row = 0;
  size_t n_rows = 0;
  int32_t first_pos = 0;            // position of first_row
  const std::byte* keys = nullptr;  // [n_kv_heads][n_ctx][head_dim] of this sequence and layer
  const std::byte* values = nullptr;
};

struct AttentionShape {
  size_t n_heads = 0;
  size_t n_kv_heads = 0;
  size_t head_dim = 0;
  size_t n_ctx = 0;  // positions between two heads' keys in the cache
  float scale = 1.0F;
  float softcap = 0.0F;                       // 0: none
  tensor::Type kv_type = tensor::Type::kF16;  // of keys and values: F16, F32 or Q8_0
  int32_t window = 0;  // a row sees the last `window` positions, its own included; 0: all
};

// out[row] = attention of q[row]; both n_rows rows of n_heads * head_dim floats, back to back. The rows' own
// keys and values are in the cache already.
void run_attention(Exec& exec, const AttentionShape& shape, std::span<const Segment> segments, const float* q,
                   float* out);

}  // namespace samovar::ops
