// Generates text for many conversations with one model: a queue, a fixed number of slots whose conversations
// share every forward pass, and the cached beginnings of earlier turns. One thread of its own computes; it
// sleeps when there is nothing to do.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "engine/embedding.h"
#include "engine/fair_line.h"
#include "engine/generation.h"
#include "engine/pace.h"
#include "engine/prefix_cache.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "model/transformer.h"
#include "ops/exec.h"
#include "platform/thread_pool.h"

namespace samovar::engine {

// Whether tokens are computed ahead where a conversation repeats itself (engine/lookup.h). Changes no text.
enum class Guesses : uint8_t { kNever, kWhereTheyPay, kAlways };

struct EngineOptions {
  size_t n_slots = 4;      // conversations computed at once; more wait, their clients taking turns
  size_t n_kept = 12;      // finished ones whose beginnings may serve later prompts; at least 1
  size_t n_ctx = 8192;     // tokens of a conversation; reserved, not taken
  size_t n_batch = 512;    // prompt tokens of one pass at most; engine/pace.h chooses
  size_t max_queue = 512;  // waiting generations beyond which submit() refuses
  // Keys and values of all conversations; beyond it finished ones are forgotten.
  size_t max_cache_bytes = std::numeric_limits<size_t>::max();
  DiskCacheOptions disk;  // where conversations stay when the engine ends
  Guesses guesses = Guesses::kWhereTheyPay;
};

class Slot;

// A submitted generation. Thread-safe.
class Generation {
 public:
  Generation(GenerationRequest request, std::shared_ptr<GenerationListener> listener);

  // Ends it within one token, also while it waits; on_failed(kCancelled) follows unless it ended first.
  void cancel();

 private:
  friend class Engine;
  friend class Slot;
  GenerationRequest request_;
  std::shared_ptr<GenerationListener> listener_;
  std::atomic<bool> cancelled_{false};
  int64_t place_ = 0;  // last told to the listener
};

class Engine {
 public:
  // `model` is shared, `pool` borrowed: it must outlive the engine, which becomes its only user.
  [[nodiscard]] static Result<std::unique_ptr<Engine>> make(std::shared_ptr<const model::Model> model,
                                                            platform::ThreadPool& pool,
                                                            const EngineOptions& options);
  // Fails what is under way with kCancelled and joins.
  ~Engine();

  // Any thread. Refuses with kTooLong (prompt against n_ctx: both figures), kInvalidArgument (an empty
  // prompt, ids outside the vocabulary) or kBusy (queue full; or it yields and there is other work).
  [[nodiscard]] Result<std::shared_ptr<Generation>> submit(GenerationRequest request,
                                                           std::shared_ptr<GenerationListener> listener);

  // Any thread; one after another, between the steps of generations. Refuses as submit() does, but for the
  // line's length: callers bound it.
  [[nodiscard]] Result<void> submit_embedding(EmbeddingRequest request, EmbeddingCallback callback);

  [[nodiscard]] const model::Model& model() const { return *model_; }
  // Generations under way or waiting.
  [[nodiscard]] size_t n_active() const;
  // Tokens one slot holds at most.
  [[nodiscard]] size_t n_ctx() const { return options_.n_ctx; }

 private:
  Engine(std::shared_ptr<const model::Model> model, platform::ThreadPool& pool, const EngineOptions& options,
         model::KvCache cache);

  void run();
  bool wait_for_work();
  void drop_ended_waiters();
  void admit();
  void tell_places(const UnderWay& under_way);
  [[nodiscard]] UnderWay count_under_way() const;
  EmbeddingTask* next_embedding();
  Slot* find_free_slot();
  void step();
  PassShape add_rows();
  void step_embedding();
  // Ends the generation that runs only while nobody asks. Under mutex_.
  void end_yielding();
  [[nodiscard]] Result<void> check_tokens(const std::vector<text::TokenId>& tokens) const;

  std::shared_ptr<const model::Model> model_;
  EngineOptions options_;
  model::KvCache cache_;
  DiskCache disk_;             // engine thread only
  PrefixCache prefixes_;       // engine thread only
  Pace pace_;                  // engine thread only
  CachedSequence* embedding_;  // taken from prefixes_ for good; keeps no tokens
  ops::Exec exec_;
  model::Transformer transformer_;
  std::vector<std::unique_ptr<Slot>> slots_;  // engine thread only
  std::vector<model::BatchRow> batch_;        // engine thread only
  std::vector<Slot*> taking_part_;            // those with rows in batch_, in its order

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  FairLine<std::shared_ptr<Generation>> queue_;          // guarded by mutex_
  bool line_changed_ = false;                            // guarded by mutex_: places are to be told
  FairLine<std::shared_ptr<EmbeddingTask>> embeddings_;  // guarded by mutex_
  std::shared_ptr<EmbeddingTask> embedded_;              // guarded by mutex_; the one under way
  size_t n_running_ = 0;                                 // guarded by mutex_
  std::weak_ptr<Generation> yielding_;                   // guarded by mutex_
  bool stopping_ = false;                                // guarded by mutex_
  std::thread thread_;
};

}  // namespace samovar::engine
