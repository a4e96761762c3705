// A model's weights, bound by name from its file, checked against the configuration and packed.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "kernels/table.h"
#include "model/config.h"
#include "ops/weights.h"

namespace samovar::model {

struct Norm {
  std::vector<float> weight;  // (d_model)
  std::vector<float> bias;    // (d_model)
};

// Empty vectors: the family has no such norm or bias. A matrix of 0 rows: it has no such matrix.
struct LayerWeights {
  Norm attn_norm;
  kernels::PackedMatrix attn_q;         // (n_heads * head_dim, d_model)
  kernels::PackedMatrix attn_k;         // (n_kv_heads * head_dim, d_model)
  kernels::PackedMatrix attn_v;         // (n_kv_heads * head_dim, d_model)
  std::vector<float> attn_q_bias;       // (n_heads * head_dim)
  std::vector<float> attn_k_bias;       // (n_kv_heads * head_dim)
  std::vector<float> attn_v_bias;       // (n_kv_heads * head_dim)
  std::vector<float> attn_q_norm;       // (head_dim), or (n_heads * head_dim) for HeadNorms::kWholeRow
  std::vector<float> attn_k_norm;       // (head_dim), or (n_kv_heads * head_dim)
  kernels::PackedMatrix attn_output;    // (d_model, n_heads * head_dim)
  std::vector<float> attn_output_bias;  // (d_model)
  std::vector<float> post_attn_norm;    // (d_model)
  Norm ffn_norm;
  kernels::PackedMatrix ffn_gate;    // (d_ff, d_model)
  kernels::PackedMatrix ffn_up;      // (d_ff, d_model)
  kernels::PackedMatrix ffn_down;    // (d_model, d_ff)
  std::vector<float> ffn_gate_bias;  // (d_ff)
  std::vector<float> ffn_up_bias;    // (d_ff)
  std::vector<float> ffn_down_bias;  // (d_model)
  std::vector<float> post_ffn_norm;  // (d_model)
};

struct Weights {
  ops::FileMatrix embedding;         // (n_vocab, d_model) file rows, dequantised one by one
  std::vector<LayerWeights> layers;  // [n_layers]
  Norm output_norm;
  ops::HeadWeights output;         // (n_vocab, d_model); the embedding where the file ties them
  std::vector<float> output_bias;  // (n_vocab)
  ops::WeightArena arena;          // owns the packed bytes
};

// Bytes that load_weights will take beside the mapped file. Fails as load_weights does on missing tensors,
// wrong shapes and unsupported types, without touching the data.
[[nodiscard]] Result<size_t> measure_weights(const gguf::File& file, const Config& config,
                                             const kernels::Table& table);

// Binds and packs. Fails with kCorrupt (missing tensor, wrong shape: names it) or kUnsupported
// ("unsupported type X in tensor Y").
[[nodiscard]] Result<Weights> load_weights(const gguf::File& file, const Config& config,
                                           const kernels::Table& table, platform::ThreadPool& pool);

}  // namespace samovar::model
