// Llama 1 to 3, Mistral, SmolLM2 and others of that shape: RMS norm, grouped-query attention, SwiGLU.
// GGUF stores q and k permuted so that rope turns neighbouring pairs. Llama 3.1's rope scaling stands in the
// file as frequency factors ("rope_freqs.weight").
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_llama_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->rope_pairs = ops::RopePairs::kInterleaved;
  auto factors = read_factors(file, "rope_freqs.weight");
  if (!factors) return factors.error();
  if (!factors->empty() && factors->size() != config->rope.n_dims / 2) {
    return Error{Code::kCorrupt, "GGUF: tensor 'rope_freqs.weight' has " + std::to_string(factors->size()) +
                                     " factors, expected " + std::to_string(config->rope.n_dims / 2)};
  }
  config->rope.factors = std::move(*factors);
  config->local_rope = config->rope;
  return config;
}

}  // namespace samovar::model
