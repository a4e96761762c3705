// EXAONE 3 and 3.5 (arXiv:2412.04862): Llama's shape with rope on halves. EXAONE 4 (arXiv:2507.11407) has its
// norms behind the blocks instead of in front, and norms on the heads of q and k; the 32B model also has
// local layers, and positions only in them.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_exaone_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  if (const auto done = read_rope_factors(file, "rope_freqs.weight", *config); !done) return done.error();
  return config;
}

Result<Config> read_exaone4_config(const gguf::File& file, size_t n_ctx) {
  auto config = read_exaone_config(file, n_ctx);
  if (!config) return config;
  config->has_pre_norms = false;
  config->has_post_norms = true;
  constexpr size_t kLayersWithWindows = 64;
  if (config->n_layers != kLayersWithWindows) return config;
  if (const auto done = read_window(file, *config, {4096, 4}); !done) return done.error();
  for (size_t i = 0; i < config->n_layers; ++i) config->unrotated_layers[i] = !config->local_layers[i];
  return config;
}

}  // namespace samovar::model
