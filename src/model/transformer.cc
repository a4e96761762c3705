#include "model/transformer.h"

#include <algorithm>
#include <array>

#include "ops/linear.h"

namespace samovar::model {
namespace {

void grow(std::vector<float>& buffer, size_t n) {
  if (buffer.size() < n) buffer.resize(n);
}

}  // namespace

Transformer::Transformer(const Config& config, const Weights& weights, KvCache& cache, ops::Exec& exec)
    : config_(&config),
      weights_(&weights),
      cache_(&cache),
      exec_(&exec),
      rope_(config.rope, config.rope_pairs),
      local_rope_(config.local_rope, config.rope_pairs),
      head_(weights.output, config.final_softcap) {}

std::span<const float> Transformer::forward(std::span<const BatchRow> batch) {
  prepare(batch);
  embed(batch);
  for (size_t layer = 0; layer < config_->n_layers; ++layer) {
    run_attention_block(layer);
    run_feed_forward_block(layer);
  }
  return run_head(batch);
}

// Sizes the buffers, cuts the batch into segments and makes every row's angles once for all layers.
void Transformer::prepare(std::span<const BatchRow> batch) {
  const Config& c = *config_;
  n_rows_ = batch.size();
  rows_.assign(batch.begin(), batch.end());
  segments_.clear();
  segment_sequences_.clear();
  for (size_t row = 0; row < n_rows_; ++row) {
    if (row == 0 || batch[row].sequence != batch[row - 1].sequence) {
      const auto method = batch[row].kind == RowKind::kPrompt ? kernels::AttentionMethod::kManyRows
                                                              : kernels::AttentionMethod::kFewRows;
      segments_.push_back({method, row, 0, batch[row].pos, nullptr, nullptr});
      segment_sequences_.push_back(batch[row].sequence);
    }
    ++segments_.back().n_rows;
  }
  for (auto* buffer : {&x_, &normed_, &block_}) grow(*buffer, n_rows_ * c.d_model);
  for (auto* buffer : {&q_, &attended_}) grow(*buffer, n_rows_ * c.n_heads * c.head_dim);
  for (auto* buffer : {&k_, &v_}) grow(*buffer, n_rows_ * c.n_kv_heads * c.head_dim);
  for (auto* buffer : {&gate_, &up_}) grow(*buffer, n_rows_ * c.d_ff);
  for (auto* buffer : {&cos_, &sin_}) grow(*buffer, n_rows_ * rope_.n_pairs());
  for (auto* buffer : {&local_cos_, &local_sin_}) grow(*buffer, n_rows_ * local_rope_.n_pairs());
  exec_->for_rows(n_rows_, rope_.n_pairs() * 32, [&](size_t row) {
    const int32_t pos = rows_[row].pos;
    rope_.angles(pos, &cos_[row * rope_.n_pairs()], &sin_[row * rope_.n_pairs()]);
    const size_t at = row * local_rope_.n_pairs();
    if (c.window > 0) local_rope_.angles(pos, &local_cos_[at], &local_sin_[at]);
  });
}

void Transformer::embed(std::span<const BatchRow> batch) {
  const Config& c = *config_;
  const ops::FileMatrix& table = weights_->embedding;
  const size_t row_bytes = tensor::row_bytes(table.type, table.cols);
  exec_->for_rows(n_rows_, c.d_model, [&](size_t row) {
    const auto token = static_cast<size_t>(batch[row].token);
    float* x = &x_[row * c.d_model];
    exec_->kernels().dequantize_row(table.type, table.bytes.data() + token * row_bytes, c.d_model, x);
    if (c.embedding_scale != 1.0F) exec_->kernels().scale(x, c.embedding_scale, c.d_model);
  });
}

void Transformer::run_attention_block(size_t layer) {
  const Config& c = *config_;
  const LayerWeights& w = weights_->layers[layer];
  const size_t q_dim = c.n_heads * c.head_dim;
  const size_t kv_dim = c.n_kv_heads * c.head_dim;
  exec_->for_rows(n_rows_, c.d_model, [&](size_t row) {
    const size_t at = row * c.d_model;
    exec_->kernels().rms_norm(&x_[at], w.attn_norm.data(), c.norm_eps, c.d_model, &normed_[at]);
  });
  const std::array<ops::Product, 3> qkv = {
      {{&w.attn_q, q_.data(), q_dim}, {&w.attn_k, k_.data(), kv_dim}, {&w.attn_v, v_.data(), kv_dim}}};
  ops::run_linear(*exec_, {normed_.data(), n_rows_, c.d_model, c.d_model}, qkv);
  exec_->for_rows(n_rows_, q_dim + 2 * kv_dim, [&](size_t row) { rotate_and_store(layer, row); });

  for (size_t i = 0; i < segments_.size(); ++i) {
    segments_[i].keys = cache_->keys(segment_sequences_[i], layer);
    segments_[i].values = cache_->values(segment_sequences_[i], layer);
  }
  ops::AttentionShape shape;
  shape.n_heads = c.n_heads;
  shape.n_kv_heads = c.n_kv_heads;
  shape.head_dim = c.head_dim;
  shape.n_ctx = cache_->n_ctx();
  shape.kv_type = cache_->type();
  shape.scale = c.attention_scale;
  shape.softcap = c.attention_softcap;
  shape.window = c.local_layers[layer] ? c.window : 0;
  ops::run_attention(*exec_, shape, segments_, q_.data(), attended_.data());
  const std::array<ops::Product, 1> output = {{{&w.attn_output, block_.data(), c.d_model}}};
  ops::run_linear(*exec_, {attended_.data(), n_rows_, q_dim, q_dim}, output);
  add_normed(w.post_attn_norm, block_.data());
}

// Biases, head norms and rotation of one row's q and k; then its key and value go into the cache.
void Transformer::rotate_and_store(size_t layer, size_t row) {
  const Config& c = *config_;
  const LayerWeights& w = weights_->layers[layer];
  const kernels::Table& kernels = exec_->kernels();
  const bool local = c.local_layers[layer];
  const ops::Rope& rope = local ? local_rope_ : rope_;
  const float* cos = local ? &local_cos_[row * rope.n_pairs()] : &cos_[row * rope.n_pairs()];
  const float* sin = local ? &local_sin_[row * rope.n_pairs()] : &sin_[row * rope.n_pairs()];
  float* q = &q_[row * c.n_heads * c.head_dim];
  float* k = &k_[row * c.n_kv_heads * c.head_dim];
  float* v = &v_[row * c.n_kv_heads * c.head_dim];
  if (!w.attn_q_bias.empty()) kernels.add(q, w.attn_q_bias.data(), w.attn_q_bias.size());
  if (!w.attn_k_bias.empty()) kernels.add(k, w.attn_k_bias.data(), w.attn_k_bias.size());
  if (!w.attn_v_bias.empty()) kernels.add(v, w.attn_v_bias.data(), w.attn_v_bias.size());
  for (size_t head = 0; head < c.n_heads; ++head) {
    float* at = q + head * c.head_dim;
    if (!w.attn_q_norm.empty()) kernels.rms_norm(at, w.attn_q_norm.data(), c.norm_eps, c.head_dim, at);
    rope.rotate(kernels, at, cos, sin);
  }
  const auto pos = static_cast<size_t>(rows_[row].pos);
  const uint32_t sequence = rows_[row].sequence;
  for (size_t head = 0; head < c.n_kv_heads; ++head) {
    float* at = k + head * c.head_dim;
    if (!w.attn_k_norm.empty()) kernels.rms_norm(at, w.attn_k_norm.data(), c.norm_eps, c.head_dim, at);
    rope.rotate(kernels, at, cos, sin);
    const KvPlace place{sequence, layer, head, pos};
    cache_->store_key(kernels, place, at);
    cache_->store_value(kernels, place, v + head * c.head_dim);
  }
}

void Transformer::run_feed_forward_block(size_t layer) {
  const Config& c = *config_;
  const LayerWeights& w = weights_->layers[layer];
  exec_->for_rows(n_rows_, c.d_model, [&](size_t row) {
    const size_t at = row * c.d_model;
    exec_->kernels().rms_norm(&x_[at], w.ffn_norm.data(), c.norm_eps, c.d_model, &normed_[at]);
  });
  const std::array<ops::Product, 2> gate_up = {
      {{&w.ffn_gate, gate_.data(), c.d_ff}, {&w.ffn_up, up_.data(), c.d_ff}}};
  ops::run_linear(*exec_, {normed_.data(), n_rows_, c.d_model, c.d_model}, gate_up);
  const auto activate =
      c.activation == Activation::kSilu ? exec_->kernels().silu_mul : exec_->kernels().gelu_tanh_mul;
  exec_->for_rows(n_rows_, c.d_ff * 4,
                  [&](size_t row) { activate(&gate_[row * c.d_ff], &up_[row * c.d_ff], c.d_ff); });
  const std::array<ops::Product, 1> down = {{{&w.ffn_down, block_.data(), c.d_model}}};
  ops::run_linear(*exec_, {gate_.data(), n_rows_, c.d_ff, c.d_ff}, down);
  add_normed(w.post_ffn_norm, block_.data());
}

// x += block_out, through the family's post norm where it has one.
void Transformer::add_normed(const std::vector<float>& post_norm, float* block_out) {
  const Config& c = *config_;
  exec_->for_rows(n_rows_, c.d_model, [&](size_t row) {
    float* out = block_out + row * c.d_model;
    if (!post_norm.empty()) exec_->kernels().rms_norm(out, post_norm.data(), c.norm_eps, c.d_model, out);
    exec_->kernels().add(&x_[row * c.d_model], out, c.d_model);
  });
}

std::span<const float> Transformer::normed_rows() {
  const Config& c = *config_;
  exec_->for_rows(n_rows_, c.d_model, [&](size_t row) {
    const size_t at = row * c.d_model;
    exec_->kernels().rms_norm(&x_[at], weights_->output_norm.data(), c.norm_eps, c.d_model, &normed_[at]);
  });
  return {normed_.data(), n_rows_ * c.d_model};
}

std::span<const float> Transformer::run_head(std::span<const BatchRow> batch) {
  const Config& c = *config_;
  wanted_.clear();
  for (size_t row = 0; row < n_rows_; ++row) {
    if (!batch[row].wants_logits) continue;
    exec_->kernels().rms_norm(&x_[row * c.d_model], weights_->output_norm.data(), c.norm_eps, c.d_model,
                              &normed_[wanted_.size() * c.d_model]);
    wanted_.push_back({batch[row].n_best, batch[row].also});
  }
  const size_t n = wanted_.size();
  if (n == 0) return {};
  grow(logits_, n * c.n_vocab);
  head_.run(*exec_, {normed_.data(), n, c.d_model, c.d_model}, wanted_, logits_.data());
  return {logits_.data(), n * c.n_vocab};
}

}  // namespace samovar::model
