// Hunyuan (dense): Llama's shape with RMS norms on the heads of q and k, behind the rotation.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_hunyuan_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->head_norms = HeadNorms::kBehindRope;
  return config;
}

}  // namespace samovar::model
