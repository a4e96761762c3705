// The models of another server behind the port of backend.h: a real Ollama, or another Samovar
// (OLLAMA_HOST). Answers are streamed; what the server says of an error is passed on in its own words.
// Callbacks come on one background thread of the client's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "backend/backend.h"
#include "http/client.h"

namespace samovar::backend {

struct OllamaClientOptions {
  int64_t answer_limit_ms = 120'000;  // a whole answer, where Request::deadline_ms is 0
  int64_t query_limit_ms = 15'000;    // lists, descriptions, readiness
  int64_t connect_limit_ms = 10'000;
  std::string api_key = {};  // shown to the server; may be empty
};

class OllamaClient : public Backend {
 public:
  // `address` as OLLAMA_HOST has it (ollama_address.h), whose errors it gives.
  [[nodiscard]] static Result<std::unique_ptr<OllamaClient>> make(std::string_view address,
                                                                  const OllamaClientOptions& options = {});

  [[nodiscard]] std::shared_ptr<Run> generate(Request request, std::shared_ptr<Listener> listener) override;
  void list(Callback<std::vector<ModelSummary>> callback) override;
  void list_loaded(Callback<std::vector<LoadedModel>> callback) override;
  void describe(std::string model, bool verbose, Callback<ModelDescription> callback) override;
  // The server answers /api/version.
  void check_ready(Callback<bool> callback) override;
  [[nodiscard]] std::string place() const override { return base_url_; }

 private:
  OllamaClient(std::string base_url, const OllamaClientOptions& options);

  // One short request; gives the body of an answer with status 200, else the error.
  void ask(std::string method, const std::string& path, std::string body, Callback<std::string> callback);

  std::string base_url_;
  OllamaClientOptions options_;
  http::Client http_;  // last: its thread is joined before anything else goes
};

}  // namespace samovar::backend
