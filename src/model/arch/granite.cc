// Granite 3 (dense): Llama's shape with four factors, on embeddings, attention scores, what blocks add, and
// logits. MiniCPM has them too; its older files do not say which.
#include <cmath>

#include "model/arch/families.h"

namespace samovar::model {
namespace {

struct Factors {
  double embedding = 1.0;
  double residual = 1.0;
  double logits = 1.0;  // divides
};

Result<Config> read_scaled_config(const gguf::File& file, Config config, const Factors& defaults) {
  const auto embedding = file.get_number(config.arch + ".embedding_scale", defaults.embedding);
  const auto residual = file.get_number(config.arch + ".residual_scale", defaults.residual);
  const auto logits = file.get_number(config.arch + ".logit_scale", defaults.logits);
  const auto attention = file.get_number(config.arch + ".attention.scale", 0.0);
  for (const auto* number : {&embedding, &residual, &logits, &attention}) {
    if (!*number) return number->error();
  }
  if (!(*logits > 0.0) || !std::isfinite(*logits)) {
    return Error{Code::kCorrupt,
                 "GGUF: metadata '" + config.arch + ".logit_scale' is " + std::to_string(*logits)};
  }
  config.embedding_scale = static_cast<float>(*embedding);
  config.residual_scale = static_cast<float>(*residual);
  config.logit_scale = static_cast<float>(1.0 / *logits);
  if (*attention > 0.0) config.attention_scale = static_cast<float>(*attention);
  return config;
}

}  // namespace

Result<Config> read_granite_config(const gguf::File& file, size_t n_ctx) {
  auto config = read_llama_config(file, n_ctx);
  if (!config) return config;
  const auto rotated = file.get_boolean(config->arch + ".rope.scaling.finetuned", true);
  if (!rotated) return rotated.error();
  config->unrotated_layers.assign(config->n_layers, !*rotated);
  return read_scaled_config(file, std::move(*config), {});
}

Result<Config> read_minicpm_config(const gguf::File& file, size_t n_ctx) {
  auto config = read_llama_config(file, n_ctx);
  if (!config) return config;
  if (const auto done = read_long_rope(file, n_ctx, *config); !done) return done.error();
  const Factors defaults{12.0, 1.4 / std::sqrt(static_cast<double>(config->n_layers)),
                         static_cast<double>(config->d_model) / 256.0};
  return read_scaled_config(file, std::move(*config), defaults);
}

}  // namespace samovar::model
