// Gemma 3 text models (arXiv:2503.19786): as Gemma 2 without soft caps, with norms on q and k, five local
// layers to one global one, and a rope base of its own (10,000, unscaled) in the local layers.
#include <cmath>

#include "model/arch/families.h"

namespace samovar::model {
namespace {

constexpr size_t kPattern = 6;  // every sixth layer is global

}  // namespace

Result<Config> read_gemma3_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  const auto window = file.get_integer("gemma3.attention.sliding_window", 1024);
  const auto local_base = file.get_number("gemma3.rope.freq_base_swa", 10000.0);
  const auto final_cap = file.get_number("gemma3.final_logit_softcapping", 0.0);
  if (!window) return window.error();
  if (!local_base) return local_base.error();
  if (!final_cap) return final_cap.error();
  config->window = static_cast<int32_t>(*window);
  config->final_softcap = static_cast<float>(*final_cap);
  for (size_t layer = 0; layer < config->n_layers; ++layer) {
    config->local_layers[layer] = layer % kPattern != kPattern - 1;
  }
  config->local_rope.base = *local_base;
  config->local_rope.frequency_scale = 1.0;
  // The 27B model (62 layers) scales by its d_model / n_heads, the others by head_dim.
  if (config->n_layers == 62) {
    config->attention_scale = 1.0F / std::sqrt(static_cast<float>(config->d_model / config->n_heads));
  }
  config->activation = Activation::kGeluTanh;
  config->has_post_norms = true;
  config->embedding_scale = std::sqrt(static_cast<float>(config->d_model));
  return config;
}

}  // namespace samovar::model
