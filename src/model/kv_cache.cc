#include "model/kv_cache.h"

#include <cstring>

namespace samovar::model {

size_t KvCache::bytes_per_sequence(const Config& config, size_t n_ctx) {
  return config.n_layers * 2 * config.n_kv_heads * n_ctx * tensor::row_bytes(config.kv_type, config.head_dim);
}

Result<KvCache> KvCache::make(const Config& config, size_t n_sequences, size_t n_ctx) {
  const size_t sequence_bytes = bytes_per_sequence(config, n_ctx);
  auto buffer = platform::Buffer::make(n_sequences * sequence_bytes, platform::Pages::kSmall);
  if (!buffer) return buffer.error();
  KvCache cache;
  cache.type_ = config.kv_type;
  cache.buffer_ = std::move(*buffer);
  cache.n_layers_ = config.n_layers;
  cache.n_kv_heads_ = config.n_kv_heads;
  cache.n_ctx_ = n_ctx;
  cache.n_sequences_ = n_sequences;
  cache.head_dim_ = config.head_dim;
  cache.plane_bytes_ = sequence_bytes / (config.n_layers * 2);
  return cache;
}

void KvCache::copy_beginning(size_t from, size_t to, size_t n_tokens) {
  for (size_t i = 0; i < n_strips(); ++i) {
    const std::span<std::byte> source = strip(from, i, n_tokens);
    std::memcpy(strip(to, i, n_tokens).data(), source.data(), source.size());
  }
}

void KvCache::release(size_t sequence) {
  const size_t sequence_bytes = n_layers_ * 2 * plane_bytes_;
  buffer_.release(sequence * sequence_bytes, sequence_bytes);
}

void KvCache::store_key(const kernels::Table& kernels, const KvPlace& place, const float* key) {
  store(kernels, place, 0, key);
}

void KvCache::store_value(const kernels::Table& kernels, const KvPlace& place, const float* value) {
  store(kernels, place, 1, value);
}

void KvCache::store(const kernels::Table& kernels, const KvPlace& place, size_t which, const float* x) {
  std::byte* to =
      at(place.sequence, place.layer, which) + (place.kv_head * n_ctx_ + place.pos) * bytes_per_head_token();
  if (type_ == tensor::Type::kF32) {
    std::memcpy(to, x, head_dim_ * sizeof(float));
  } else if (type_ == tensor::Type::kQ8_0) {
    kernels.to_cache_blocks(x, head_dim_, reinterpret_cast<kernels::CacheBlock*>(to));
  } else {
    kernels.to_f16(x, head_dim_, reinterpret_cast<uint16_t*>(to));
  }
}

}  // namespace samovar::model
