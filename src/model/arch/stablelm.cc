// StableLM 2 (arXiv:2402.17834): Llama's shape with layer norms; part of each head is rotated.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_stablelm_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->norm_kind = NormKind::kLayer;
  // The 12B model has no second norm; it also norms every head with weights of its own, which is refused
  // below.
  config->has_parallel_blocks = file.directory().find_tensor("blk.0.ffn_norm.weight") == nullptr;
  if (file.directory().find_tensor("blk.0.attn_q_norm.weight") != nullptr) {
    return Error{Code::kUnsupported, "a StableLM with norms on the heads of q and k is not supported"};
  }
  return config;
}

}  // namespace samovar::model
