// Phi-2 (arXiv:2306.05463 describes its predecessor): layer norms, attention and feed-forward beside each
// other on the same normed input, GELU without a gate, biases everywhere, also on the logits; part of each
// head is rotated.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_phi2_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->norm_kind = NormKind::kLayer;
  config->has_parallel_blocks = true;
  config->has_gate = false;
  config->activation = Activation::kGeluTanh;
  return config;
}

}  // namespace samovar::model
