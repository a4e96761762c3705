#include "model/transformer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/linear.h"

namespace samovar::model {
namespace {

void grow(std::vector<float>& buffer, size_t n) {
  if (buffer.size() < n) buffer.resize(n);
}

float mean_of(const float* x, size_t n) {
  double sum = 0.0;
  for (size_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]);
  return static_cast<float>(sum / static_cast<double>(n));
}

// What multiplies the queries of a position, as Llama 4 and Ministral 3 do it for long contexts.
float temperature(const Config& c, int32_t pos) {
  const double steps = std::floor(static_cast<double>(pos) / c.temperature_context);
  return static_cast<float>(std::log(steps + 1.0) * c.temperature_scale + 1.0);
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
  grow(gate_, n_rows_ * c.d_ff);
  if (c.has_gate) {
    grow(up_, n_rows_ * c.d_ff);
  } else if (up_.size() < n_rows_ * c.d_ff) {
    up_.assign(n_rows_ * c.d_ff, 1.0F);
  }
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
  norm_rows(w.attn_norm);
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
  add_block(w.attn_output_bias, w.post_attn_norm);
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
  if (c.head_norms == HeadNorms::kWholeRow && !w.attn_q_norm.empty()) {
    kernels.rms_norm(q, w.attn_q_norm.data(), c.norm_eps, w.attn_q_norm.size(), q);
    kernels.rms_norm(k, w.attn_k_norm.data(), c.norm_eps, w.attn_k_norm.size(), k);
  }
  const auto turn = [&](float* at, const std::vector<float>& norm) {
    const bool normed = !norm.empty() && c.head_norms != HeadNorms::kWholeRow;
    const bool behind = c.head_norms == HeadNorms::kBehindRope;
    if (normed && !behind) kernels.rms_norm(at, norm.data(), c.norm_eps, c.head_dim, at);
    if (!c.unrotated_layers[layer]) rope.rotate(kernels, at, cos, sin);
    if (normed && behind) kernels.rms_norm(at, norm.data(), c.norm_eps, c.head_dim, at);
  };
  for (size_t head = 0; head < c.n_heads; ++head) turn(q + head * c.head_dim, w.attn_q_norm);
  if (c.temperature_scale != 0.0) kernels.scale(q, temperature(c, rows_[row].pos), c.n_heads * c.head_dim);
  const auto pos = static_cast<size_t>(rows_[row].pos);
  const uint32_t sequence = rows_[row].sequence;
  for (size_t head = 0; head < c.n_kv_heads; ++head) {
    float* at = k + head * c.head_dim;
    turn(at, w.attn_k_norm);
    const KvPlace place{sequence, layer, head, pos};
    cache_->store_key(kernels, place, at);
    cache_->store_value(kernels, place, v + head * c.head_dim);
  }
}

void Transformer::run_feed_forward_block(size_t layer) {
  const Config& c = *config_;
  const LayerWeights& w = weights_->layers[layer];
  if (!c.has_parallel_blocks) norm_rows(w.ffn_norm);
  const ops::Rows input{normed_.data(), n_rows_, c.d_model, c.d_model};
  if (c.has_gate) {
    const std::array<ops::Product, 2> gate_up = {
        {{&w.ffn_gate, gate_.data(), c.d_ff}, {&w.ffn_up, up_.data(), c.d_ff}}};
    ops::run_linear(*exec_, input, gate_up);
  } else {
    const std::array<ops::Product, 1> up = {{{&w.ffn_up, gate_.data(), c.d_ff}}};
    ops::run_linear(*exec_, input, up);
  }
  exec_->for_rows(n_rows_, c.d_ff * 4, [&](size_t row) { activate(w, row); });
  const std::array<ops::Product, 1> down = {{{&w.ffn_down, block_.data(), c.d_model}}};
  ops::run_linear(*exec_, {gate_.data(), n_rows_, c.d_ff, c.d_ff}, down);
  add_block(w.ffn_down_bias, w.post_ffn_norm);
}

// Leaves activation(gate) * up in the row of gate_. Without a gate the up projection stands there, and ones
// in up_.
void Transformer::activate(const LayerWeights& w, size_t row) {
  const Config& c = *config_;
  const kernels::Table& kernels = exec_->kernels();
  float* gate = &gate_[row * c.d_ff];
  float* up = &up_[row * c.d_ff];
  const std::vector<float>& gate_bias = c.has_gate ? w.ffn_gate_bias : w.ffn_up_bias;
  if (!gate_bias.empty()) kernels.add(gate, gate_bias.data(), c.d_ff);
  if (c.has_gate && !w.ffn_up_bias.empty()) kernels.add(up, w.ffn_up_bias.data(), c.d_ff);
  switch (c.activation) {
    case Activation::kSilu:
      return kernels.silu_mul(gate, up, c.d_ff);
    case Activation::kGeluTanh:
      return kernels.gelu_tanh_mul(gate, up, c.d_ff);
    case Activation::kReluSquared:
      for (size_t i = 0; i < c.d_ff; ++i) {
        const float x = std::max(gate[i], 0.0F);
        gate[i] = x * x * up[i];
      }
  }
}

// x += block, through the family's bias, post norm and scale where it has them.
void Transformer::add_block(const std::vector<float>& bias, const std::vector<float>& post_norm) {
  const Config& c = *config_;
  const kernels::Table& kernels = exec_->kernels();
  exec_->for_rows(n_rows_, c.d_model, [&](size_t row) {
    float* out = &block_[row * c.d_model];
    if (!bias.empty()) kernels.add(out, bias.data(), c.d_model);
    if (!post_norm.empty()) kernels.rms_norm(out, post_norm.data(), c.norm_eps, c.d_model, out);
    if (c.residual_scale != 1.0F) kernels.scale(out, c.residual_scale, c.d_model);
    kernels.add(&x_[row * c.d_model], out, c.d_model);
  });
}

void Transformer::norm_row(const Norm& norm, const float* x, float* out) const {
  const Config& c = *config_;
  const kernels::Table& kernels = exec_->kernels();
  if (norm.weight.empty()) {
    std::copy_n(x, c.d_model, out);
    return;
  }
  if (c.norm_kind == NormKind::kLayer) {
    const float mean = mean_of(x, c.d_model);
    for (size_t i = 0; i < c.d_model; ++i) out[i] = x[i] - mean;
    x = out;
  }
  kernels.rms_norm(x, norm.weight.data(), c.norm_eps, c.d_model, out);
  if (!norm.bias.empty()) kernels.add(out, norm.bias.data(), c.d_model);
}

// Every row of the stream into normed_.
void Transformer::norm_rows(const Norm& norm) {
  const size_t d = config_->d_model;
  exec_->for_rows(n_rows_, d, [&](size_t row) { norm_row(norm, &x_[row * d], &normed_[row * d]); });
}

std::span<const float> Transformer::normed_rows() {
  norm_rows(weights_->output_norm);
  return {normed_.data(), n_rows_ * config_->d_model};
}

std::span<const float> Transformer::run_head(std::span<const BatchRow> batch) {
  const Config& c = *config_;
  wanted_.clear();
  for (size_t row = 0; row < n_rows_; ++row) {
    if (!batch[row].wants_logits) continue;
    float* out = &normed_[wanted_.size() * c.d_model];
    norm_row(weights_->output_norm, &x_[row * c.d_model], out);
    if (c.logit_scale != 1.0F) exec_->kernels().scale(out, c.logit_scale, c.d_model);
    // Which logits are the best is known only with the bias, so then all are computed.
    const bool all = !weights_->output_bias.empty();
    wanted_.push_back({all ? 0 : batch[row].n_best, batch[row].also});
  }
  const size_t n = wanted_.size();
  if (n == 0) return {};
  grow(logits_, n * c.n_vocab);
  head_.run(*exec_, {normed_.data(), n, c.d_model, c.d_model}, wanted_, logits_.data());
  if (!weights_->output_bias.empty()) {
    exec_->for_rows(n, c.n_vocab, [&](size_t row) {
      exec_->kernels().add(&logits_[row * c.n_vocab], weights_->output_bias.data(), c.n_vocab);
    });
  }
  return {logits_.data(), n * c.n_vocab};
}

}  // namespace samovar::model
