// Several upstreams as one backend: their health is checked, the least busy one answers, a conversation goes
// back to the one that has it in its cache, and a request whose upstream fails before its first word is asked
// of the next (pooled_run.h). One upstream alone is a pool too: then only its health is watched.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/upstream_board.h"

namespace samovar::backend {

class UpstreamWatch;

class UpstreamPool : public Backend {
 public:
  // Starts the thread that checks.
  explicit UpstreamPool(std::vector<std::shared_ptr<Backend>> upstreams, BoardOptions options = {});
  ~UpstreamPool() override;

  // In the order of their states.
  [[nodiscard]] const std::vector<std::shared_ptr<Backend>>& upstreams() const { return upstreams_; }
  [[nodiscard]] std::vector<UpstreamState> read_upstreams() const { return board_->read(); }

  [[nodiscard]] std::shared_ptr<Run> generate(Request request, std::shared_ptr<Listener> listener) override;
  void embed(EmbedRequest request, Callback<Embeddings> callback) override;
  void count_tokens(Request request, Callback<int64_t> callback) override;
  void tokenize(TokenizeRequest request, Callback<Tokens> callback) override;
  void detokenize(DetokenizeRequest request, Callback<Tokens> callback) override;
  // What any of them has, each name once; fails when none answers.
  void list(Callback<std::vector<ModelSummary>> callback) override;
  void list_loaded(Callback<std::vector<LoadedModel>> callback) override;
  void describe(std::string model, bool verbose, Callback<ModelDescription> callback) override;
  // At least one is up.
  void check_ready(Callback<bool> callback) override;
  [[nodiscard]] std::string place() const override;

 private:
  std::shared_ptr<UpstreamBoard> board_;
  std::vector<std::shared_ptr<Backend>> upstreams_;
  std::shared_ptr<UpstreamWatch> watch_;  // shared with requests under way
};

}  // namespace samovar::backend
