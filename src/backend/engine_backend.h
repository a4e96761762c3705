// The built-in engine behind the backend port: finds models in the store, keeps those in use in memory, and
// turns requests into generations. One thread of its own loads models and builds prompts, in the order of
// the requests.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "backend/backend.h"
#include "backend/engine_run.h"
#include "backend/formats.h"
#include "backend/resident.h"
#include "catalog/store.h"

namespace samovar::backend {

struct EngineBackendOptions {
  ResidentOptions resident;
  size_t max_loaded_models = 3;
  int64_t keep_alive_ns = int64_t{300} * 1'000'000'000;  // of a model nobody asks for; negative: for ever
  std::vector<std::string> preload;                      // kept in memory for ever
  size_t memory_bytes = 0;                               // that all models together may take; 0: what is free
};

class EngineBackend : public Backend {
 public:
  // Starts its thread, which begins with the preload.
  EngineBackend(std::shared_ptr<const catalog::Store> store, EngineBackendOptions options);
  // Cancels what is under way and joins.
  ~EngineBackend() override;

  [[nodiscard]] std::shared_ptr<Run> generate(Request request, std::shared_ptr<Listener> listener) override;
  void embed(EmbedRequest request, Callback<Embeddings> callback) override;
  void count_tokens(Request request, Callback<int64_t> callback) override;
  void tokenize(TokenizeRequest request, Callback<Tokens> callback) override;
  void detokenize(DetokenizeRequest request, Callback<Tokens> callback) override;
  void list(Callback<std::vector<ModelSummary>> callback) override;
  void list_loaded(Callback<std::vector<LoadedModel>> callback) override;
  void describe(std::string model, bool verbose, Callback<ModelDescription> callback) override;
  void check_ready(Callback<bool> callback) override;
  [[nodiscard]] std::string place() const override { return "built-in engine"; }

 private:
  void run();
  void preload();
  void start(const std::shared_ptr<const Request>& shared, const std::shared_ptr<EngineRun>& run,
             engine::SteadyTime received);
  void start_embedding(const EmbedRequest& request, engine::SteadyTime received,
                       const Callback<Embeddings>& callback);
  void use_tokenizer(const std::string& model, const std::optional<int64_t>& keep_alive_ns,
                     const std::function<Result<Tokens>(const text::Tokenizer&)>& work,
                     const Callback<Tokens>& callback);
  void add_task(std::function<void()> task);
  [[nodiscard]] Result<Resident*> hold(const std::string& model);
  [[nodiscard]] Result<Resident*> load(const catalog::Entry& entry);
  void touch(Resident& resident, const std::optional<int64_t>& keep_alive_ns);
  [[nodiscard]] const Resident* find_twin(const catalog::Entry& entry) const;
  [[nodiscard]] size_t count_engines() const;
  [[nodiscard]] size_t left_bytes() const;
  // Memory of the engines of which `is_counted` says so, each once.
  [[nodiscard]] size_t sum_memory(const std::function<bool(const Resident&)>& is_counted) const;
  // Whether the model would fit if all idle ones went, or all; otherwise why not.
  enum class Without { kIdle, kAll };
  [[nodiscard]] Result<void> check_would_fit(const catalog::Entry& entry, Without without) const;
  bool postpone(const Request& request, const Error& error);
  void retry_postponed();
  bool unload_oldest_idle();
  void unload_expired();
  void publish();
  [[nodiscard]] std::chrono::milliseconds until_next_expiry() const;

  std::shared_ptr<const catalog::Store> store_;
  EngineBackendOptions options_;
  Formats formats_;                                             // worker thread only
  std::map<std::string, std::unique_ptr<Resident>> residents_;  // by digest; worker thread only
  // Requests whose models fit only when those that are busy now are not any more, in order; worker thread
  // only.
  std::deque<std::function<void()>> postponed_;

  std::mutex mutex_;
  // Of the files that list() saw last; a file in the store never changes. Guarded by mutex_.
  std::map<std::filesystem::path, catalog::Facts> facts_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_
  std::vector<LoadedModel> loaded_;          // guarded by mutex_: what residents_ holds, for other threads
  Result<bool> ready_ = false;               // guarded by mutex_
  bool stopping_ = false;                    // guarded by mutex_
  std::thread thread_;
};

}  // namespace samovar::backend
