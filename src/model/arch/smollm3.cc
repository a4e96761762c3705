// SmolLM 3: Llama's shape, but every fourth layer keeps no positions (arXiv:2501.18795).
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_smollm3_config(const gguf::File& file, size_t n_ctx) {
  auto config = read_llama_config(file, n_ctx);
  if (!config) return config;
  constexpr size_t kPeriod = 4;
  for (size_t i = kPeriod - 1; i < config->n_layers; i += kPeriod) config->unrotated_layers[i] = true;
  return config;
}

}  // namespace samovar::model
