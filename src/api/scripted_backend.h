// For tests only: a backend that answers what the prompt tells it to. `@@TEXT:a b@@` says words,
// `@@THINK:a b@@` thinks, `@@TOOL:name:{...}@@` calls a tool, `@@ERR400`, `@@ERR500` and `@@DIE` fail,
// as in the recordings of tests/data/api.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"

namespace samovar::api {

class ScriptedBackend final : public backend::Backend {
 public:
  // A run that waits for the test to drive it.
  class HeldRun final : public backend::Run {
   public:
    HeldRun(backend::Request given, std::shared_ptr<backend::Listener> to)
        : request(std::move(given)), listener(std::move(to)) {}
    void cancel() override;

    backend::Request request;
    std::shared_ptr<backend::Listener> listener;
    std::atomic<int> cancels = 0;
  };

  ScriptedBackend() = default;

  // Newest first, as list() gives them.
  void add_model(const std::string& name, std::vector<std::string> capabilities);
  void clear_models() { models_.clear(); }

  // generate() keeps its runs in `held` instead of answering.
  bool hold = false;
  std::vector<std::shared_ptr<HeldRun>> held;
  std::vector<backend::Request> requests;  // every one that came
  Result<bool> ready = true;
  int64_t now_ns = 0;

  std::shared_ptr<backend::Run> generate(backend::Request request,
                                         std::shared_ptr<backend::Listener> listener) override;
  // [3, 4, 0, 12] for every text but an empty one.
  void embed(backend::EmbedRequest request, backend::Callback<backend::Embeddings> callback) override;
  // Its words.
  void count_tokens(backend::Request request, backend::Callback<int64_t> callback) override;
  void list(backend::Callback<std::vector<backend::ModelSummary>> callback) override;
  void list_loaded(backend::Callback<std::vector<backend::LoadedModel>> callback) override;
  void describe(std::string model, bool verbose,
                backend::Callback<backend::ModelDescription> callback) override;
  void check_ready(backend::Callback<bool> callback) override { callback(ready); }
  [[nodiscard]] std::string place() const override { return "script"; }

 private:
  [[nodiscard]] const backend::ModelSummary* find(const std::string& name) const;
  void note_loaded(const std::string& name, const backend::Request& request);

  std::vector<backend::ModelSummary> models_;
  std::vector<std::pair<std::string, int64_t>> loaded_until_ns_;  // last used first
};

}  // namespace samovar::api
