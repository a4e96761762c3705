// StarCoder 2 (arXiv:2402.19173): layer norms, GELU without a gate, biases everywhere.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_starcoder2_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->norm_kind = NormKind::kLayer;
  config->has_gate = false;
  config->activation = Activation::kGeluTanh;
  return config;
}

}  // namespace samovar::model
