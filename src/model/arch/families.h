// One function per architecture: fills in what its metadata and its definition say, on top of the keys that
// all share. Internal to model/.
#pragma once

#include <initializer_list>
#include <optional>

#include "model/config.h"

namespace samovar::model {

// The shared keys: sizes, norm epsilon, rope base and scaling, vocabulary from the embedding's shape.
// `norm_eps`: what holds when the file does not say (kCorrupt without it).
[[nodiscard]] Result<Config> read_shared_config(const gguf::File& file, std::optional<double> norm_eps = {});

// The first of the keys that the file has, else `fallback`, else kCorrupt naming the first key.
[[nodiscard]] Result<double> read_number(const gguf::File& file, std::initializer_list<std::string> keys,
                                         std::optional<double> fallback);

struct WindowDefaults {
  int64_t window = 0;  // tokens; 0: no local layers
  size_t period = 0;   // the last of every `period` layers is global; 0: all are local
};

// The sliding window and which layers have it, from the file's pattern (a list, or a period) or the defaults.
[[nodiscard]] Result<void> read_window(const gguf::File& file, Config& config,
                                       const WindowDefaults& defaults);

// Frequency factors of `rope` and `local_rope` from a tensor, if the file has it.
[[nodiscard]] Result<void> read_rope_factors(const gguf::File& file, std::string_view tensor_name,
                                             Config& config);

// "Long rope" (arXiv:2402.13753): one set of factors up to the original context, another beyond it.
[[nodiscard]] Result<void> read_long_rope(const gguf::File& file, size_t n_ctx, Config& config);

// The floats of a one-dimensional F32 tensor, or empty when the file has none of that name.
[[nodiscard]] Result<std::vector<float>> read_factors(const gguf::File& file, std::string_view tensor_name);

[[nodiscard]] Result<Config> read_llama_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_mistral3_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_arcee_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_smollm3_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_granite_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_minicpm_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_gemma_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_gemma2_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_gemma3_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_qwen2_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_qwen3_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_hunyuan_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_exaone_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_exaone4_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_olmo2_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_phi2_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_phi3_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_stablelm_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_starcoder2_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_nemotron_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_cohere2_config(const gguf::File& file, size_t n_ctx);

}  // namespace samovar::model
