// What a transformer of the supported families looks like, as data. Read from GGUF metadata by one file per
// architecture under model/arch/; the forward pass (model/transformer.h) asks nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "ops/rope.h"

namespace samovar::model {

enum class Activation { kSilu, kGeluTanh, kReluSquared };
enum class NormKind { kRms, kLayer };  // kLayer subtracts the mean and may have a bias
// Where the norms of q and k stand, in files that have their weights.
enum class HeadNorms { kEachHead, kWholeRow, kBehindRope };

struct Config {
  std::string arch;  // general.architecture
  size_t n_layers = 0;
  size_t d_model = 0;
  size_t d_ff = 0;
  size_t n_heads = 0;
  size_t n_kv_heads = 0;  // divides n_heads
  size_t head_dim = 0;    // a multiple of 8, at most 512
  size_t n_vocab = 0;
  size_t n_ctx_train = 0;  // tokens
  size_t n_ctx_limit = 0;  // tokens this configuration is right for; n_ctx_train unless the rope says less
  float norm_eps = 1e-5F;
  float embedding_scale = 1.0F;
  float attention_scale = 1.0F;    // multiplies q·k
  float attention_softcap = 0.0F;  // 0: none
  float final_softcap = 0.0F;      // 0: none
  int32_t window = 0;              // tokens a local layer sees; 0: no local layers
  std::vector<bool> local_layers;  // [n_layers] true: sliding window (and local_rope where it differs)
  // Of the key/value cache. Floats where the weights are floats: there f16 keys and values would be the
  // largest error (4e-3 in log-probabilities of tiny models, 1e-5 without); else f16. Q8_0 where
  // LoadOptions ask for it.
  tensor::Type kv_type = tensor::Type::kF16;
  Activation activation = Activation::kSilu;
  bool has_gate = true;              // feed-forward: activation(gate) * up, else activation(up)
  bool has_parallel_blocks = false;  // attention and feed-forward read the same normed input
  bool has_pre_norms = true;         // a norm in front of attention and feed-forward
  bool has_post_norms = false;       // a norm behind attention and feed-forward, before the residual add
  NormKind norm_kind = NormKind::kRms;
  HeadNorms head_norms = HeadNorms::kEachHead;
  float residual_scale = 1.0F;  // multiplies what a block adds to the stream
  float logit_scale = 1.0F;     // multiplies the logits
  // From position `temperature_context` on, queries grow with the logarithm of the position; 0: they do not.
  double temperature_scale = 0.0;
  double temperature_context = 0.0;    // tokens
  std::vector<bool> unrotated_layers;  // [n_layers] true: q and k keep no position
  ops::RopePairs rope_pairs = ops::RopePairs::kHalves;
  ops::RopeSettings rope;
  ops::RopeSettings local_rope;  // of local layers; equal to `rope` where the family has one
};

// The configuration of any supported architecture. `n_ctx` is the context that will be used: Phi-3's long
// rope chooses its factors by it. Fails with kUnsupported for an unknown architecture (the message lists the
// known ones) or a feature of it that this program lacks, kCorrupt for missing or contradictory metadata.
[[nodiscard]] Result<Config> read_config(const gguf::File& file, size_t n_ctx);

}  // namespace samovar::model
