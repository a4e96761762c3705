// A model in memory with all it takes to answer: weights, engine, template, defaults.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/result.h"
#include "catalog/facts.h"
#include "catalog/store.h"
#include "engine/engine.h"
#include "model/model.h"
#include "platform/thread_pool.h"
#include "text/chat_template.h"

namespace samovar::backend {

struct ResidentOptions {
  size_t n_threads = 0;  // 0: what the machine gives this process
  size_t n_slots = 4;    // conversations at once; fewer where memory is short
  size_t max_queue = 512;
  int64_t num_ctx = 4096;  // a request's context unless it says otherwise
  // Conversations are written to this folder when a model leaves memory; empty or 0 bytes: they are not.
  std::filesystem::path disk_cache_folder;
  size_t disk_cache_bytes = 0;
  bool quantized_cache = false;  // model::LoadOptions
  // What weights, scratch and conversations may take, if less is not free.
  size_t memory_limit_bytes = std::numeric_limits<size_t>::max();
};

// Names that stand for the same weights share pool, model and engine; the rest is each name's own.
// Immutable but for `trie`, `last_used_ns` and `keep_until_ns`, which the backend's thread alone touches.
struct Resident {
  catalog::Entry entry;
  ModelSummary summary;
  Options defaults;                        // PARAMETER layer
  std::vector<text::ChatMessage> opening;  // MESSAGE layer
  std::unique_ptr<text::ChatTemplate> chat_template;
  engine::Pooling pooling = engine::Pooling::kLast;  // of embeddings
  bool completes = true;                             // makes text, not only vectors
  bool thinks = false;                               // the template knows <think>
  bool fills_in = false;                             // the template has a place for a suffix
  std::vector<std::string> control_tokens;           // spellings that users' text must not become
  size_t longest_token_bytes = 1;
  std::string tool_tag;     // what tool calls begin with in this model's answers
  std::string think_close;  // what ends its thoughts
  // Made when the first answer with a format is asked for.
  std::shared_ptr<const sampling::grammar::TokenTrie> trie;
  std::shared_ptr<platform::ThreadPool> pool;
  std::shared_ptr<const model::Model> model;
  std::shared_ptr<engine::Engine> engine;  // destroyed first: it computes on the pool
  int64_t last_used_ns = 0;                // steady clock
  int64_t keep_until_ns = 0;               // Unix time; INT64_MAX: for ever
  int64_t memory_bytes = 0;                // weights and the cache of one full conversation per slot
};

// Reads the model into memory, but for what it shares with `twin`, a name of the same weights file; null:
// nothing. Fails as model::load_model and the template's parser do.
[[nodiscard]] Result<std::unique_ptr<Resident>> load_resident(const catalog::Entry& entry,
                                                              const ResidentOptions& options,
                                                              const Resident* twin);

// What model::load_model is asked for. `memory_limit_bytes` is not in it.
[[nodiscard]] model::LoadOptions load_options(const ResidentOptions& options);

// What /api/tags and /api/show tell of a model in the store; `facts` are those of its weights file.
[[nodiscard]] ModelSummary summarize(const catalog::Entry& entry, const catalog::Facts& facts);
[[nodiscard]] Result<ModelDescription> describe_entry(const catalog::Entry& entry, bool verbose);

}  // namespace samovar::backend
