// Nemotron 4 and Minitron (arXiv:2402.16819): layer norms, squared ReLU without a gate; half of each head is
// rotated.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_nemotron_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->norm_kind = NormKind::kLayer;
  config->has_gate = false;
  config->activation = Activation::kReluSquared;
  return config;
}

}  // namespace samovar::model
