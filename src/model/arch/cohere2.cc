// Command R7B (arXiv:2504.00698): layer norms without a bias, attention and feed-forward beside each other,
// scaled logits; three of four layers are local, and only these keep positions.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_cohere2_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->rope_pairs = ops::RopePairs::kInterleaved;
  config->norm_kind = NormKind::kLayer;
  config->has_parallel_blocks = true;
  const auto scale = file.get_number(config->arch + ".logit_scale", 1.0);
  if (!scale) return scale.error();
  config->logit_scale = static_cast<float>(*scale);
  if (const auto done = read_window(file, *config, {4096, 4}); !done) return done.error();
  for (size_t i = 0; i < config->n_layers; ++i) config->unrotated_layers[i] = !config->local_layers[i];
  return config;
}

}  // namespace samovar::model
