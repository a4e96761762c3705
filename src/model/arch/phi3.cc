// Phi-3 (arXiv:2404.14219): q, k and v in one matrix, gate and up in another (split at load), and "long
// rope": one set of frequency factors up to the original context, another beyond it (arXiv:2402.13753).
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_phi3_config(const gguf::File& file, size_t n_ctx) {
  auto config = read_shared_config(file);
  if (!config) return config;
  const bool is_long = static_cast<double>(n_ctx) > config->rope.yarn_original_context;
  const char* name = is_long ? "rope_factors_long.weight" : "rope_factors_short.weight";
  auto factors = read_factors(file, name);
  if (!factors) return factors.error();
  if (!factors->empty() && factors->size() != config->rope.n_dims / 2) {
    return Error{Code::kCorrupt, std::string("GGUF: tensor '") + name + "' has " +
                                     std::to_string(factors->size()) + " factors, expected " +
                                     std::to_string(config->rope.n_dims / 2)};
  }
  if (!is_long && !factors->empty())
    config->n_ctx_limit = static_cast<size_t>(config->rope.yarn_original_context);
  config->rope.factors = std::move(*factors);
  const auto window = file.get_integer("phi3.attention.sliding_window", 0);
  if (!window) return window.error();
  config->window = static_cast<int32_t>(*window);
  config->local_layers.assign(config->n_layers, *window > 0);
  config->local_rope = config->rope;
  return config;
}

}  // namespace samovar::model
