// Ministral 3 (the text model): Llama's shape with YaRN, whose magnitude is taken back by a factor of its
// own, and queries that grow slowly behind the original context. Ollama's own files name some keys otherwise.
#include <cmath>

#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_mistral3_config(const gguf::File& file, size_t n_ctx) {
  auto config = read_llama_config(file, n_ctx);
  if (!config) return config;
  const std::string rope = config->arch + ".rope.";
  const auto log_multiplier =
      read_number(file, {rope + "scaling.yarn_log_multiplier", rope + "scaling.mscale_all_dim"}, 0.0);
  const auto temperature =
      read_number(file, {config->arch + ".attention.temperature_scale", rope + "scaling_beta"}, 0.0);
  if (!log_multiplier) return log_multiplier.error();
  if (!temperature) return temperature.error();
  const double factor = 1.0 / config->rope.frequency_scale;
  if (factor > 1.0) config->rope.magnitude /= 1.0 + 0.1 * *log_multiplier * std::log(factor);
  config->local_rope = config->rope;
  config->temperature_scale = *temperature;
  config->temperature_context = config->rope.yarn_original_context;
  if (*temperature != 0.0 && !(config->temperature_context >= 1.0)) {
    return Error{Code::kCorrupt, "GGUF: metadata '" + rope + "scaling.original_context_length' is " +
                                     std::to_string(config->temperature_context) +
                                     ", expected 1 or more with a temperature scale"};
  }
  return config;
}

}  // namespace samovar::model
