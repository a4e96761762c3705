#include "backend/openai_client.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "backend/openai_run.h"
#include "backend/openai_wire.h"
#include "backend/upstream_json.h"

namespace samovar::backend {
namespace {

constexpr std::chrono::seconds kListIsFresh{30};

class NothingToCancel : public Run {
 public:
  void cancel() override {}
};

std::vector<LoadedModel> as_loaded(const std::vector<ModelSummary>& models) {
  std::vector<LoadedModel> out;
  out.reserve(models.size());
  for (const ModelSummary& model : models)
    out.push_back({.summary = model, .expires_at_ns = INT64_MAX, .n_ctx = model.facts.context_length});
  return out;
}

Result<ModelDescription> describe_one(const std::vector<ModelSummary>& models, const std::string& name) {
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const ModelSummary& model) { return model.name == name; });
  if (found == models.end()) return Error{Code::kNotFound, "model '" + name + "' not found"};
  ModelDescription out;
  out.summary = *found;
  OrderedJson info = {{"general.name", name}};
  if (found->facts.context_length > 0) info["context_length"] = found->facts.context_length;
  out.model_info_json = dump_json(info);
  return out;
}

}  // namespace

OpenAiClient::OpenAiClient(std::string base_url, const UpstreamOptions& options)
    : http_(std::make_unique<UpstreamHttp>(std::move(base_url), options)) {}

OpenAiClient::~OpenAiClient() = default;

std::shared_ptr<Run> OpenAiClient::generate(Request request, std::shared_ptr<Listener> listener) {
  const bool only_loads =
      request.kind == Request::Kind::kChat ? request.messages.empty() : request.prompt.empty();
  if (only_loads) {
    load(request.model, std::move(listener));
    return std::make_shared<NothingToCancel>();
  }
  Result<OpenAiBody> body = encode_openai_run(request);
  if (!body) {
    listener->on_failed({body.error().code, place() + ": " + body.error().message});
    return std::make_shared<NothingToCancel>();
  }
  return http_->stream({.path = body->path, .accept = "text/event-stream", .body = std::move(body->body)},
                       request, std::make_shared<OpenAiRun>(std::move(listener), place()));
}

// What such a server offers is loaded; only that it is there can be found out.
void OpenAiClient::load(const std::string& model, std::shared_ptr<Listener> listener) {
  describe(model, false, [listener = std::move(listener)](const Result<ModelDescription>& found) {
    if (!found) return listener->on_failed(found.error());
    Summary summary;
    summary.done_reason = "load";
    listener->on_done(std::move(summary));
  });
}

void OpenAiClient::embed(EmbedRequest request, Callback<Embeddings> callback) {
  if (request.texts.empty()) return callback(Embeddings{});
  const auto begun = std::chrono::steady_clock::now();
  const size_t n_texts = request.texts.size();
  auto then = [begun, callback = std::move(callback)](Result<Embeddings> found) {
    if (found) {
      const auto took = std::chrono::steady_clock::now() - begun;
      found->total_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
    }
    callback(std::move(found));
  };
  http_->ask(
      {.method = "POST",
       .path = "/embeddings",
       .body = encode_openai_embed_request(request),
       .deadline_ms = request.deadline_ms > 0 ? request.deadline_ms : http_->options().answer_limit_ms},
      decoding<Embeddings>(std::move(then), place(), [n_texts](const std::string& body) {
        return decode_openai_embeddings(body, n_texts);
      }));
}

void OpenAiClient::list(Callback<std::vector<ModelSummary>> callback) {
  auto then = [heard = heard_, callback = std::move(callback)](Result<std::vector<ModelSummary>> models) {
    if (models) {
      const std::lock_guard lock(heard->mutex);
      heard->models = *models;
      heard->at = std::chrono::steady_clock::now();
      heard->is_known = true;
    }
    callback(std::move(models));
  };
  http_->ask({.path = "/models"},
             decoding<std::vector<ModelSummary>>(std::move(then), place(), &decode_openai_models));
}

void OpenAiClient::list_loaded(Callback<std::vector<LoadedModel>> callback) {
  std::optional<std::vector<ModelSummary>> fresh;
  {
    const std::lock_guard lock(heard_->mutex);
    if (heard_->is_known && std::chrono::steady_clock::now() - heard_->at < kListIsFresh)
      fresh = heard_->models;
  }
  if (fresh) return callback(as_loaded(*fresh));
  list([callback = std::move(callback)](const Result<std::vector<ModelSummary>>& models) {
    if (!models) return callback(models.error());
    callback(as_loaded(*models));
  });
}

void OpenAiClient::describe(std::string model, bool, Callback<ModelDescription> callback) {
  list([model = std::move(model),
        callback = std::move(callback)](const Result<std::vector<ModelSummary>>& models) {
    if (!models) return callback(models.error());
    callback(describe_one(*models, model));
  });
}

void OpenAiClient::check_ready(Callback<bool> callback) {
  list([callback = std::move(callback)](const Result<std::vector<ModelSummary>>& models) {
    if (!models) return callback(models.error());
    callback(true);
  });
}

}  // namespace samovar::backend
