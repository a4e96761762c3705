#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/arch/families.h"

namespace samovar::model {
namespace {

Error corrupt(const std::string& message) { return {Code::kCorrupt, message}; }

// A positive whole number of at most `limit`.
Result<size_t> read_size(const gguf::File& file, const std::string& key, int64_t limit,
                         std::optional<int64_t> fallback = {}) {
  const auto value = file.get_integer(key, fallback);
  if (!value) return value.error();
  if (*value < 1 || *value > limit) {
    return corrupt("GGUF: metadata '" + key + "' is " + std::to_string(*value) + ", expected 1 to " +
                   std::to_string(limit));
  }
  return static_cast<size_t>(*value);
}

Result<void> read_sizes(const gguf::File& file, Config& config) {
  const std::string p = config.arch + ".";
  struct Field {
    size_t* to;
    std::string key;
    int64_t limit;
    std::optional<int64_t> fallback;
  };
  const auto read = [&](const Field& field) -> Result<void> {
    const auto value = read_size(file, p + field.key, field.limit, field.fallback);
    if (!value) return value.error();
    *field.to = *value;
    return {};
  };
  for (const Field& field : {Field{&config.n_layers, "block_count", 1024, {}},
                             Field{&config.d_model, "embedding_length", 1 << 20, {}},
                             Field{&config.d_ff, "feed_forward_length", 1 << 22, {}},
                             Field{&config.n_heads, "attention.head_count", 1 << 14, {}},
                             Field{&config.n_ctx_train, "context_length", 1 << 28, 4096}}) {
    if (const auto done = read(field); !done) return done;
  }
  const auto heads = static_cast<int64_t>(config.n_heads);
  if (const auto done = read({&config.n_kv_heads, "attention.head_count_kv", heads, heads}); !done)
    return done;
  if (const auto done = read(
          {&config.head_dim, "attention.key_length", 4096, static_cast<int64_t>(config.d_model) / heads});
      !done)
    return done;
  size_t value_length = 0;
  if (const auto done =
          read({&value_length, "attention.value_length", 4096, static_cast<int64_t>(config.head_dim)});
      !done)
    return done;
  if (value_length != config.head_dim) {
    return Error{Code::kUnsupported, "keys of " + std::to_string(config.head_dim) + " and values of " +
                                         std::to_string(value_length) +
                                         " elements: different lengths are not supported"};
  }
  if (config.n_heads % config.n_kv_heads != 0) {
    return corrupt("GGUF: " + std::to_string(config.n_heads) + " attention heads cannot share " +
                   std::to_string(config.n_kv_heads) + " key/value heads");
  }
  if (config.head_dim % 8 != 0 || config.head_dim > 512) {
    return Error{Code::kUnsupported, "a head of " + std::to_string(config.head_dim) +
                                         " elements is not supported (multiples of 8 up to 512 are)"};
  }
  return {};
}

Result<void> read_rope(const gguf::File& file, Config& config) {
  const std::string p = config.arch + ".rope.";
  const auto dims = read_size(file, p + "dimension_count", static_cast<int64_t>(config.head_dim),
                              static_cast<int64_t>(config.head_dim));
  if (!dims) return dims.error();
  if (*dims % 2 != 0)
    return corrupt("GGUF: metadata '" + p + "dimension_count' is " + std::to_string(*dims) +
                   ", expected an even number");
  config.rope.n_dims = *dims;
  const auto base = file.get_number(p + "freq_base", 10000.0);
  const auto type = file.get_string(p + "scaling.type", "");
  const auto linear = file.get_number(p + "scale_linear", 1.0);
  const auto factor = file.get_number(p + "scaling.factor", linear ? *linear : 1.0);
  const auto context =
      file.get_number(p + "scaling.original_context_length", static_cast<double>(config.n_ctx_train));
  const auto magnitude = file.get_number(p + "scaling.attn_factor", 1.0);
  const auto fast = read_number(file, {p + "scaling.yarn_beta_fast", p + "scaling.beta_fast"}, 32.0);
  const auto slow = read_number(file, {p + "scaling.yarn_beta_slow", p + "scaling.beta_slow"}, 1.0);
  for (const auto* number : {&base, &linear, &factor, &context, &magnitude, &fast, &slow}) {
    if (!*number) return number->error();
  }
  if (!type) return type.error();
  if (!(*base > 1.0) || !(*factor > 0.0) || !std::isfinite(*base) || !std::isfinite(*factor)) {
    return corrupt("GGUF: metadata '" + p + "freq_base' is " + std::to_string(*base) +
                   " and the rope scaling factor " + std::to_string(*factor));
  }
  config.rope.base = *base;
  config.rope.magnitude = *magnitude;
  config.rope.yarn_original_context = *context;
  config.rope.yarn_beta_fast = *fast;
  config.rope.yarn_beta_slow = *slow;
  if (*type == "yarn") config.rope.yarn_extrapolation = 1.0;
  if (*type != "none" && *type != "longrope") config.rope.frequency_scale = 1.0 / *factor;
  return {};
}

// Whether no matrix of the file is quantised.
bool has_float_weights(const gguf::File& file) {
  for (const gguf::Tensor& tensor : file.directory().tensors) {
    const auto info = tensor::find_type(tensor.type_number);
    if (!info || info->block_elements > 1) return false;
  }
  return true;
}

}  // namespace

Result<double> read_number(const gguf::File& file, std::initializer_list<std::string> keys,
                           std::optional<double> fallback) {
  for (const std::string& key : keys) {
    if (file.directory().find(key) != nullptr) return file.get_number(key);
  }
  if (fallback) return *fallback;
  return file.get_number(*keys.begin());
}

Result<Config> read_shared_config(const gguf::File& file, std::optional<double> norm_eps) {
  Config config;
  const auto arch = file.get_string("general.architecture");
  if (!arch) return arch.error();
  config.arch = *arch;
  if (const auto done = read_sizes(file, config); !done) return done.error();
  if (const auto done = read_rope(file, config); !done) return done.error();
  const auto experts = file.get_integer(config.arch + ".expert_count", 0);
  if (!experts) return experts.error();
  if (*experts > 0) {
    return Error{Code::kUnsupported,
                 "a mixture of " + std::to_string(*experts) + " experts is not supported"};
  }
  const std::string attention = config.arch + ".attention.";
  const auto eps =
      read_number(file, {attention + "layer_norm_rms_epsilon", attention + "layer_norm_epsilon"}, norm_eps);
  if (!eps) return eps.error();
  config.norm_eps = static_cast<float>(*eps);
  const gguf::Tensor* embedding = file.directory().find_tensor("token_embd.weight");
  if (embedding == nullptr) return corrupt("GGUF: tensor 'token_embd.weight' is missing");
  config.n_vocab = embedding->dims[1];
  config.n_ctx_limit = config.n_ctx_train;
  config.kv_type = has_float_weights(file) ? tensor::Type::kF32 : tensor::Type::kF16;
  config.attention_scale = 1.0F / std::sqrt(static_cast<float>(config.head_dim));
  config.local_layers.assign(config.n_layers, false);
  config.unrotated_layers.assign(config.n_layers, false);
  config.local_rope = config.rope;
  return config;
}

Result<void> read_window(const gguf::File& file, Config& config, const WindowDefaults& defaults) {
  const std::string prefix = config.arch + ".attention.";
  const auto window = file.get_integer(prefix + "sliding_window", defaults.window);
  if (!window) return window.error();
  if (*window < 0 || *window > int64_t{1} << 30) {
    return corrupt("GGUF: metadata '" + prefix + "sliding_window' is " + std::to_string(*window) +
                   ", expected 0 to " + std::to_string(int64_t{1} << 30));
  }
  config.window = static_cast<int32_t>(*window);
  if (*window == 0) return {};
  const std::string key = prefix + "sliding_window_pattern";
  const gguf::Value* pattern = file.directory().find(key);
  if (pattern != nullptr && pattern->array() != nullptr) {
    const auto locals = pattern->array()->numbers();
    if (!locals || locals->size() < config.n_layers) {
      return corrupt("GGUF: metadata '" + key + "' is not a list of " + std::to_string(config.n_layers) +
                     " numbers or booleans");
    }
    for (size_t i = 0; i < config.n_layers; ++i) config.local_layers[i] = (*locals)[i] != 0.0;
    return {};
  }
  const auto period = file.get_integer(key, static_cast<int64_t>(defaults.period));
  if (!period) return period.error();
  const auto n = static_cast<size_t>(std::max<int64_t>(0, *period));
  for (size_t i = 0; i < config.n_layers; ++i) config.local_layers[i] = n == 0 || i % n != n - 1;
  return {};
}

Result<void> read_rope_factors(const gguf::File& file, std::string_view tensor_name, Config& config) {
  auto factors = read_factors(file, tensor_name);
  if (!factors) return factors.error();
  if (!factors->empty() && factors->size() != config.rope.n_dims / 2) {
    return corrupt("GGUF: tensor '" + std::string(tensor_name) + "' has " + std::to_string(factors->size()) +
                   " factors, expected " + std::to_string(config.rope.n_dims / 2));
  }
  config.rope.factors = std::move(*factors);
  config.local_rope = config.rope;
  return {};
}

Result<void> read_long_rope(const gguf::File& file, size_t n_ctx, Config& config) {
  const bool is_long = static_cast<double>(n_ctx) > config.rope.yarn_original_context;
  const char* name = is_long ? "rope_factors_long.weight" : "rope_factors_short.weight";
  if (const auto done = read_rope_factors(file, name, config); !done) return done;
  if (!is_long && !config.rope.factors.empty())
    config.n_ctx_limit = static_cast<size_t>(config.rope.yarn_original_context);
  return {};
}

Result<std::vector<float>> read_factors(const gguf::File& file, std::string_view tensor_name) {
  const gguf::Tensor* tensor = file.directory().find_tensor(tensor_name);
  if (tensor == nullptr) return std::vector<float>{};
  if (tensor->type_number != static_cast<uint32_t>(tensor::Type::kF32) || tensor->n_dims != 1) {
    return corrupt("GGUF: tensor '" + std::string(tensor_name) + "' is not a row of F32");
  }
  std::vector<float> out(tensor->dims[0]);
  std::memcpy(out.data(), tensor->bytes.data(), tensor->bytes.size());
  return out;
}

}  // namespace samovar::model
