#include "model/kv_cache.h"

namespace samovar::model {

size_t KvCache::bytes_per_sequence(const Config& config, size_t n_ctx) {
  return config.n_layers * 2 * config.n_kv_heads * n_ctx * config.head_dim * sizeof(uint16_t);
}

Result<KvCache> KvCache::make(const Config& config, size_t n_sequences, size_t n_ctx) {
  auto buffer =
      platform::Buffer::make(n_sequences * bytes_per_sequence(config, n_ctx), platform::Pages::kSmall);
  if (!buffer) return buffer.error();
  KvCache cache;
  cache.buffer_ = std::move(*buffer);
  cache.n_layers_ = config.n_layers;
  cache.n_ctx_ = n_ctx;
  cache.n_sequences_ = n_sequences;
  cache.plane_ = config.n_kv_heads * n_ctx * config.head_dim;
  return cache;
}

}  // namespace samovar::model
