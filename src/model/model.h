// A model in memory: its file, configuration, packed weights and tokenizer. Immutable once loaded; several
// engines may share one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <memory>

#include "base/result.h"
#include "gguf/file.h"
#include "kernels/table.h"
#include "model/config.h"
#include "model/weights.h"
#include "platform/thread_pool.h"
#include "text/tokenizer.h"

namespace samovar::model {

struct Model {
  std::shared_ptr<const gguf::File> file;
  Config config;
  Weights weights;
  std::unique_ptr<text::Tokenizer> tokenizer;
};

struct LoadOptions {
  size_t n_ctx = 4096;  // context most requests will have (see read_config)
  // Keys and values as Q8_0 blocks, half the memory of f16; models whose heads are no multiple of 32 numbers
  // long keep what they have.
  bool quantized_cache = false;
  // Memory that weights, scratch and the cache of one conversation of n_ctx tokens may take, if less is not
  // free.
  size_t memory_limit_bytes = std::numeric_limits<size_t>::max();
};

// Memory that load_model() would ask for. Fails as it does.
[[nodiscard]] Result<size_t> measure_model(const std::filesystem::path& path, const LoadOptions& options,
                                           const kernels::Table& table);

// Loads a GGUF file. Before the weights are touched it is checked that they fit: kOutOfMemory says how much
// is needed and how much there is. Otherwise fails as gguf::File::open, read_config, load_weights and
// make_tokenizer do; every message begins with the path.
[[nodiscard]] Result<std::shared_ptr<const Model>> load_model(const std::filesystem::path& path,
                                                              const LoadOptions& options,
                                                              const kernels::Table& table,
                                                              platform::ThreadPool& pool);

}  // namespace samovar::model
