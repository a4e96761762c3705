// Phi-3 and Phi-4 (arXiv:2404.14219): q, k and v in one matrix, gate and up in another (split at load), and
// "long rope".
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_phi3_config(const gguf::File& file, size_t n_ctx) {
  auto config = read_shared_config(file);
  if (!config) return config;
  if (const auto done = read_long_rope(file, n_ctx, *config); !done) return done.error();
  const auto window = file.get_integer("phi3.attention.sliding_window", 0);
  if (!window) return window.error();
  config->window = static_cast<int32_t>(*window);
  config->local_layers.assign(config->n_layers, *window > 0);
  return config;
}

}  // namespace samovar::model
