// Keys and values of the conversations under way, in f16, floats or Q8_0 blocks. Memory is reserved for all
// sequences and the whole context, and becomes real as positions are written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "kernels/table.h"
#include "model/config.h"
#include "platform/buffer.h"

namespace samovar::model {

// Where one head's key and value of one token belong.
struct KvPlace {
  size_t sequence = 0;
  size_t layer = 0;
  size_t kv_head = 0;
  size_t pos = 0;
};

class KvCache {
 public:
  KvCache() = default;

  [[nodiscard]] static size_t bytes_per_sequence(const Config& config, size_t n_ctx);
  [[nodiscard]] static Result<KvCache> make(const Config& config, size_t n_sequences, size_t n_ctx);

  // A sequence is kept in strips: one head's keys, or values, of one layer, by position.
  [[nodiscard]] size_t n_strips() const { return n_layers_ * 2 * n_kv_heads_; }
  // The first `n_tokens` positions of strip `index` of a sequence.
  [[nodiscard]] std::span<std::byte> strip(size_t sequence, size_t index, size_t n_tokens) const {
    return {at(sequence, 0, 0) + index * n_ctx_ * bytes_per_head_token(), n_tokens * bytes_per_head_token()};
  }

  // Makes the first `n_tokens` of one sequence those of another too.
  void copy_beginning(size_t from, size_t to, size_t n_tokens);
  // Gives a sequence's memory back to the system.
  void release(size_t sequence);
  // Memory that each token of a sequence takes.
  [[nodiscard]] size_t bytes_per_token() const { return plane_bytes_ / n_ctx_ * n_layers_ * 2; }

  // Writes head_dim floats of one key/value head at a position: the key, or the value.
  void store_key(const kernels::Table& kernels, const KvPlace& place, const float* key);
  void store_value(const kernels::Table& kernels, const KvPlace& place, const float* value);

  // [n_kv_heads][n_ctx][head_dim] of one sequence and layer.
  [[nodiscard]] const std::byte* keys(size_t sequence, size_t layer) const { return at(sequence, layer, 0); }
  [[nodiscard]] const std::byte* values(size_t sequence, size_t layer) const {
    return at(sequence, layer, 1);
  }

  [[nodiscard]] tensor::Type type() const { return type_; }
  [[nodiscard]] size_t n_ctx() const { return n_ctx_; }
  [[nodiscard]] size_t n_sequences() const { return n_sequences_; }

 private:
  [[nodiscard]] std::byte* at(size_t sequence, size_t layer, size_t which) const {
    return buffer_.data() + ((sequence * n_layers_ + layer) * 2 + which) * plane_bytes_;
  }
  [[nodiscard]] size_t bytes_per_head_token() const { return plane_bytes_ / n_ctx_ / n_kv_heads_; }
  void store(const kernels::Table& kernels, const KvPlace& place, size_t which, const float* x);

  tensor::Type type_ = tensor::Type::kF16;
  platform::Buffer buffer_;  // [n_sequences][n_layers][k, v][n_kv_heads][n_ctx][head_dim]
  size_t n_layers_ = 0;
  size_t n_kv_heads_ = 0;
  size_t n_ctx_ = 0;
  size_t n_sequences_ = 0;
  size_t head_dim_ = 0;
  size_t plane_bytes_ = 0;  // one layer's keys
};

}  // namespace samovar::model
