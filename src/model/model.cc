#include "model/model.h"

#include <algorithm>
#include <cstdio>
#include <future>

#include "model/kv_cache.h"
#include "model/vocabulary.h"
#include "platform/machine.h"

namespace samovar::model {
namespace {

std::string gigabytes(size_t bytes) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f GB", static_cast<double>(bytes) / 1e9);
  return buffer;
}

// Tables of kernels read weights past the last row by whole vectors only; scratch grows with the batch.
constexpr size_t kScratchBytes = size_t{64} << 20U;

struct Needed {
  size_t weight_bytes = 0;
  size_t cache_bytes = 0;  // of one conversation
  [[nodiscard]] size_t total() const { return weight_bytes + cache_bytes + kScratchBytes; }
};

Result<void> check_memory(const Needed& needed, size_t limit_bytes) {
  const auto available = static_cast<size_t>(std::max<int64_t>(0, platform::available_memory_bytes()));
  if (needed.total() <= std::min(limit_bytes, available)) return {};
  return Error{Code::kOutOfMemory, "the model needs " + gigabytes(needed.total()) + " of memory (" +
                                       gigabytes(needed.weight_bytes) + " weights, " +
                                       gigabytes(needed.cache_bytes) + " context), " +
                                       gigabytes(std::min(limit_bytes, available)) +
                                       (limit_bytes < available ? " may be taken" : " are free")};
}

Result<Config> read_fitting_config(const gguf::File& file, const LoadOptions& options) {
  auto config = read_config(file, options.n_ctx);
  constexpr size_t kCacheBlock = 32;
  if (config && options.quantized_cache && config->head_dim % kCacheBlock == 0)
    config->kv_type = tensor::Type::kQ8_0;
  return config;
}

Result<Needed> measure(const gguf::File& file, const Config& config, const LoadOptions& options,
                       const kernels::Table& table) {
  const auto weight_bytes = measure_weights(file, config, table);
  if (!weight_bytes) return weight_bytes.error();
  return Needed{*weight_bytes,
                KvCache::bytes_per_sequence(config, std::min(config.n_ctx_limit, options.n_ctx))};
}

Result<std::unique_ptr<text::Tokenizer>> load_tokenizer(const gguf::File& file) {
  auto vocabulary = read_vocabulary(file);
  if (!vocabulary) return vocabulary.error();
  return text::make_tokenizer(std::move(*vocabulary));
}

Result<std::shared_ptr<const Model>> load(std::shared_ptr<const gguf::File> file, const LoadOptions& options,
                                          const kernels::Table& table, platform::ThreadPool& pool) {
  auto model = std::make_shared<Model>();
  model->file = std::move(file);
  auto config = read_fitting_config(*model->file, options);
  if (!config) return config.error();
  model->config = std::move(*config);
  const auto needed = measure(*model->file, model->config, options, table);
  if (!needed) return needed.error();
  if (const auto fits = check_memory(*needed, options.memory_limit_bytes); !fits) return fits.error();
  auto tokenizer = std::async(std::launch::async, [&] { return load_tokenizer(*model->file); });
  auto weights = load_weights(*model->file, model->config, table, pool);
  auto made = tokenizer.get();
  if (!weights) return weights.error();
  if (!made) return made.error();
  model->weights = std::move(*weights);
  model->tokenizer = std::move(*made);
  if (model->tokenizer->vocabulary().tokens.size() > model->config.n_vocab) {
    return Error{Code::kCorrupt, "GGUF: " + std::to_string(model->tokenizer->vocabulary().tokens.size()) +
                                     " tokens, but the embedding has " +
                                     std::to_string(model->config.n_vocab) + " rows"};
  }
  return std::shared_ptr<const Model>(std::move(model));
}

}  // namespace

Result<size_t> measure_model(const std::filesystem::path& path, const LoadOptions& options,
                             const kernels::Table& table) {
  const auto file = gguf::File::open(path);
  if (!file) return file.error();
  const auto config = read_fitting_config(**file, options);
  if (!config) return config.error();
  const auto needed = measure(**file, *config, options, table);
  if (!needed) return needed.error();
  return needed->total();
}

Result<std::shared_ptr<const Model>> load_model(const std::filesystem::path& path, const LoadOptions& options,
                                                const kernels::Table& table, platform::ThreadPool& pool) {
  auto file = gguf::File::open(path);
  if (!file) return file.error();
  auto model = load(std::move(*file), options, table, pool);
  if (!model) return Error{model.error().code, path.string() + ": " + model.error().message};
  return model;
}

}  // namespace samovar::model
