// Gemma 1 (arXiv:2403.08295): GeGLU, embeddings scaled by sqrt(d_model), output tied to them.
#include <cmath>

#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_gemma_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->activation = Activation::kGeluTanh;
  config->embedding_scale = std::sqrt(static_cast<float>(config->d_model));
  return config;
}

}  // namespace samovar::model
