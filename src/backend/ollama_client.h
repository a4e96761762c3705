// The models of another server behind the port of backend.h: a real Ollama, or another Samovar
// (OLLAMA_HOST). Answers are streamed; what the server says of an error is passed on in its own words.
// Callbacks come on one background thread of the client's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "backend/backend.h"
#include "backend/upstream_http.h"

namespace samovar::backend {

class OllamaClient : public Backend {
 public:
  // `address` as OLLAMA_HOST has it (ollama_address.h), whose errors it gives.
  [[nodiscard]] static Result<std::unique_ptr<OllamaClient>> make(std::string_view address,
                                                                  const UpstreamOptions& options = {});

  [[nodiscard]] std::shared_ptr<Run> generate(Request request, std::shared_ptr<Listener> listener) override;
  void list(Callback<std::vector<ModelSummary>> callback) override;
  void list_loaded(Callback<std::vector<LoadedModel>> callback) override;
  void describe(std::string model, bool verbose, Callback<ModelDescription> callback) override;
  // The server answers /api/version.
  void check_ready(Callback<bool> callback) override;
  void embed(EmbedRequest request, Callback<Embeddings> callback) override;
  [[nodiscard]] std::string place() const override { return http_.base_url(); }

 private:
  OllamaClient(std::string base_url, const UpstreamOptions& options) : http_(std::move(base_url), options) {}

  UpstreamHttp http_;
};

}  // namespace samovar::backend
