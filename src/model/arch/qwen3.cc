// Qwen 3 (dense): Llama's shape with RMS norms on the heads of q and k, and rope on halves. The norms are
// found among the tensors; the metadata says nothing of them.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_qwen3_config(const gguf::File& file, size_t /*n_ctx*/) {
  return read_shared_config(file);
}

}  // namespace samovar::model
