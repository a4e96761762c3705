// Gemma 2 (arXiv:2408.00118): GeGLU, norms before and behind each block, soft caps on attention scores and
// logits, every other layer (the even ones) sees a sliding window, embeddings scaled by sqrt(d_model).
#include <cmath>

#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_gemma2_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  const auto attention_cap = file.get_number("gemma2.attn_logit_softcapping", 50.0);
  const auto final_cap = file.get_number("gemma2.final_logit_softcapping", 30.0);
  const auto window = file.get_integer("gemma2.attention.sliding_window", 4096);
  if (!attention_cap) return attention_cap.error();
  if (!final_cap) return final_cap.error();
  if (!window) return window.error();
  config->attention_softcap = static_cast<float>(*attention_cap);
  config->final_softcap = static_cast<float>(*final_cap);
  config->window = static_cast<int32_t>(*window);
  for (size_t layer = 0; layer < config->n_layers; layer += 2) config->local_layers[layer] = true;
  // The 27B model (46 layers) scales by its d_model / n_heads, the others by head_dim.
  if (config->n_layers == 46) {
    config->attention_scale = 1.0F / std::sqrt(static_cast<float>(config->d_model / config->n_heads));
  }
  config->activation = Activation::kGeluTanh;
  config->has_post_norms = true;
  config->embedding_scale = std::sqrt(static_cast<float>(config->d_model));
  return config;
}

}  // namespace samovar::model
