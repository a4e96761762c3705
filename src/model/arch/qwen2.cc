// Qwen 2 and 2.5: Llama's shape with biases on q, k and v, and rope on halves.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_qwen2_config(const gguf::File& file, size_t /*n_ctx*/) {
  return read_shared_config(file);
}

}  // namespace samovar::model
