// Keys and values of the conversations under way, in f16. Memory is reserved for all sequences and the whole
// context, and becomes real as positions are written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "model/config.h"
#include "platform/buffer.h"

namespace samovar::model {

class KvCache {
 public:
  KvCache() = default;

  [[nodiscard]] static size_t bytes_per_sequence(const Config& config, size_t n_ctx);
  [[nodiscard]] static Result<KvCache> make(const Config& config, size_t n_sequences, size_t n_ctx);

  // [n_kv_heads][n_ctx][head_dim] of one sequence and layer.
  [[nodiscard]] uint16_t* keys(size_t sequence, size_t layer) const { return at(sequence, layer, 0); }
  [[nodiscard]] uint16_t* values(size_t sequence, size_t layer) const { return at(sequence, layer, 1); }

  [[nodiscard]] size_t n_ctx() const { return n_ctx_; }
  [[nodiscard]] size_t n_sequences() const { return n_sequences_; }

 private:
  [[nodiscard]] uint16_t* at(size_t sequence, size_t layer, size_t which) const {
    return buffer_.as<uint16_t>() + ((sequence * n_layers_ + layer) * 2 + which) * plane_;
  }

  platform::Buffer buffer_;  // f16 [n_sequences][n_layers][k, v][n_kv_heads][n_ctx][head_dim]
  size_t n_layers_ = 0;
  size_t n_ctx_ = 0;
  size_t n_sequences_ = 0;
  size_t plane_ = 0;  // elements of one layer's keys
};

}  // namespace samovar::model
