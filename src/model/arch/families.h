// One function per architecture: fills in what its metadata and its definition say, on top of the keys that
// all share. Internal to model/.
#pragma once

#include "model/config.h"

namespace samovar::model {

// The shared keys: sizes, norm epsilon, rope base and scaling, vocabulary from the embedding's shape.
[[nodiscard]] Result<Config> read_shared_config(const gguf::File& file);

// The floats of a one-dimensional F32 tensor, or empty when the file has none of that name.
[[nodiscard]] Result<std::vector<float>> read_factors(const gguf::File& file, std::string_view tensor_name);

[[nodiscard]] Result<Config> read_llama_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_gemma2_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_gemma3_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_qwen2_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_qwen3_config(const gguf::File& file, size_t n_ctx);
[[nodiscard]] Result<Config> read_phi3_config(const gguf::File& file, size_t n_ctx);

}  // namespace samovar::model
