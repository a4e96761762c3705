#include "backend/ollama_client.h"

#include <algorithm>

#include "backend/ollama_address.h"
#include "backend/ollama_run.h"
#include "backend/ollama_wire.h"

namespace samovar::backend {
namespace {

void mark_loaded(std::vector<ModelSummary>& models, const std::vector<LoadedModel>& loaded) {
  for (ModelSummary& model : models) {
    model.loaded = std::any_of(loaded.begin(), loaded.end(),
                               [&](const LoadedModel& one) { return one.summary.name == model.name; });
  }
}

}  // namespace

Result<std::unique_ptr<OllamaClient>> OllamaClient::make(std::string_view address,
                                                         const UpstreamOptions& options) {
  Result<std::string> base_url = parse_ollama_address(address);
  if (!base_url) return base_url.error();
  return std::unique_ptr<OllamaClient>(new OllamaClient(*std::move(base_url), options));
}

std::shared_ptr<Run> OllamaClient::generate(Request request, std::shared_ptr<Listener> listener) {
  const bool chat = request.kind == Request::Kind::kChat;
  return http_.stream({.path = chat ? "/api/chat" : "/api/generate",
                       .accept = "application/x-ndjson",
                       .body = encode_run(request)},
                      request, std::make_shared<OllamaRun>(std::move(listener), place()));
}

void OllamaClient::list(Callback<std::vector<ModelSummary>> callback) {
  // /api/tags does not say which models are loaded; /api/ps does, and may fail without harm.
  auto then = [this, callback = std::move(callback)](Result<std::vector<ModelSummary>> models) {
    if (!models) return callback(models.error());
    list_loaded([callback, models = *std::move(models)](Result<std::vector<LoadedModel>> loaded) mutable {
      if (loaded) mark_loaded(models, *loaded);
      callback(std::move(models));
    });
  };
  http_.ask({.path = "/api/tags"},
            decoding<std::vector<ModelSummary>>(std::move(then), place(), &decode_tags));
}

void OllamaClient::list_loaded(Callback<std::vector<LoadedModel>> callback) {
  http_.ask({.path = "/api/ps"},
            decoding<std::vector<LoadedModel>>(std::move(callback), place(), &decode_ps));
}

void OllamaClient::describe(std::string model, bool verbose, Callback<ModelDescription> callback) {
  std::string body = encode_show(model, verbose);
  const auto decode = [model = std::move(model)](const std::string& text) {
    return decode_show(text, model);
  };
  http_.ask({.method = "POST", .path = "/api/show", .body = std::move(body)},
            decoding<ModelDescription>(std::move(callback), place(), decode));
}

void OllamaClient::check_ready(Callback<bool> callback) {
  http_.ask({.path = "/api/version"}, [callback = std::move(callback)](Result<std::string> body) {
    if (!body) return callback(body.error());
    callback(true);
  });
}

void OllamaClient::embed(EmbedRequest request, Callback<Embeddings> callback) {
  const size_t n_texts = request.texts.size();
  http_.ask({.method = "POST",
             .path = "/api/embed",
             .body = encode_embed_request(request),
             .deadline_ms = request.deadline_ms > 0 ? request.deadline_ms : http_.options().answer_limit_ms},
            decoding<Embeddings>(std::move(callback), place(), [n_texts](const std::string& body) {
              return decode_embeddings(body, n_texts);
            }));
}

}  // namespace samovar::backend
