// The models of any server that speaks OpenAI's API behind the port of backend.h (SAMOVAR_UPSTREAM): vLLM,
// SGLang, llama.cpp's server, a cloud, another Samovar. Answers are streamed; what the server says of an
// error is passed on in its own words. What that API does not tell (whether a model is in memory, its
// template, its size) is left empty. Callbacks come on one background thread of the client's, or on the
// caller's before a call returns.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/upstream_http.h"

namespace samovar::backend {

class OpenAiClient : public Backend {
 public:
  // `base_url` with the version: "http://127.0.0.1:8000/v1".
  OpenAiClient(std::string base_url, const UpstreamOptions& options);
  ~OpenAiClient() override;

  [[nodiscard]] std::shared_ptr<Run> generate(Request request, std::shared_ptr<Listener> listener) override;
  void embed(EmbedRequest request, Callback<Embeddings> callback) override;
  void list(Callback<std::vector<ModelSummary>> callback) override;
  // All that it lists, as heard at most half a minute ago: such servers hold what they offer.
  void list_loaded(Callback<std::vector<LoadedModel>> callback) override;
  void describe(std::string model, bool verbose, Callback<ModelDescription> callback) override;
  // The server lists its models.
  void check_ready(Callback<bool> callback) override;
  [[nodiscard]] std::string place() const override { return http_->base_url(); }

 private:
  struct Heard {  // the last list
    std::mutex mutex;
    std::vector<ModelSummary> models;          // guarded by mutex
    std::chrono::steady_clock::time_point at;  // guarded by mutex
    bool is_known = false;                     // guarded by mutex
  };
  void load(const std::string& model, std::shared_ptr<Listener> listener);

  std::shared_ptr<Heard> heard_ = std::make_shared<Heard>();
  std::unique_ptr<UpstreamHttp> http_;
};

}  // namespace samovar::backend
