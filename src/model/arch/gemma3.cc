// Gemma 3 text models (arXiv:2503.19786): as Gemma 2 without soft caps, with norms on q and k, five local
// layers to one global one, and a rope base of its own (10,000, unscaled) in the local layers.
// The files of Ollama's library say less and name keys otherwise: rope bases, epsilon and the linear scaling
// of all but the smallest models are filled in here.
#include <cmath>

#include "model/arch/families.h"

namespace samovar::model {
namespace {

constexpr size_t kPattern = 6;  // every sixth layer is global
constexpr size_t kScaledContext = 131072;
constexpr double kScaling = 8.0;  // of the global rope, of models with that context

}  // namespace

Result<Config> read_gemma3_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file, 1e-6);
  if (!config) return config;
  const auto base = read_number(file, {"gemma3.rope.freq_base", "gemma3.rope.global.freq_base"}, 1e6);
  const auto local_base =
      read_number(file, {"gemma3.rope.freq_base_swa", "gemma3.rope.local.freq_base"}, 10000.0);
  const auto final_cap = file.get_number("gemma3.final_logit_softcapping", 0.0);
  if (!base) return base.error();
  if (!local_base) return local_base.error();
  if (!final_cap) return final_cap.error();
  if (const auto done = read_window(file, *config, {1024, kPattern}); !done) return done.error();
  config->final_softcap = static_cast<float>(*final_cap);
  config->rope.base = *base;
  if (config->n_ctx_train >= kScaledContext && file.directory().find("gemma3.rope.scaling.type") == nullptr &&
      file.directory().find("gemma3.rope.scaling.factor") == nullptr) {
    config->rope.frequency_scale = 1.0 / kScaling;
  }
  config->local_rope = config->rope;
  config->local_rope.base = *local_base;
  config->local_rope.frequency_scale = 1.0;
  config->local_rope.yarn_extrapolation = 0.0;
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
