// Llama 1 to 3, Mistral, SmolLM2 and others of that shape: RMS norm, grouped-query attention, SwiGLU.
// GGUF stores q and k permuted so that rope turns neighbouring pairs. Llama 3.1's rope scaling stands in the
// file as frequency factors ("rope_freqs.weight"). InternLM 2 and ERNIE 4.5 (dense) are the same under names
// of their own; Arcee's AFM has no gate and squares what is above zero.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_llama_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->rope_pairs = ops::RopePairs::kInterleaved;
  if (const auto done = read_rope_factors(file, "rope_freqs.weight", *config); !done) return done.error();
  return config;
}

Result<Config> read_arcee_config(const gguf::File& file, size_t n_ctx) {
  auto config = read_llama_config(file, n_ctx);
  if (!config) return config;
  config->has_gate = false;
  config->activation = Activation::kReluSquared;
  return config;
}

}  // namespace samovar::model
