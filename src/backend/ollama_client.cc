#include "backend/ollama_client.h"

#include <algorithm>

#include "backend/ollama_address.h"
#include "backend/ollama_run.h"
#include "backend/ollama_wire.h"

namespace samovar::backend {
namespace {

constexpr size_t kMaxAnswerBytes = size_t{64} << 20U;

// Collects a whole answer.
class Query : public http::ClientListener {
 public:
  Query(Callback<std::string> callback, std::string place)
      : callback_(std::move(callback)), place_(std::move(place)) {}

  void on_head(int status, const http::Headers&) override { status_ = status; }
  bool on_body(std::string_view bytes) override {
    body_.append(bytes);
    too_large_ = body_.size() > kMaxAnswerBytes;
    return !too_large_;
  }
  void on_end(Result<void> result) override {
    if (too_large_) return callback_(Error{Code::kUnavailable, place_ + " sent an answer without end"});
    if (!result) return callback_(result.error());
    if (status_ != 200) return callback_(decode_error(status_, body_, place_));
    callback_(std::move(body_));
  }

 private:
  Callback<std::string> callback_;
  std::string place_;
  std::string body_;
  int status_ = 0;
  bool too_large_ = false;
};

class HttpRun : public Run {
 public:
  explicit HttpRun(std::shared_ptr<http::ClientCall> call) : call_(std::move(call)) {}
  void cancel() override { call_->cancel(); }

 private:
  std::shared_ptr<http::ClientCall> call_;
};

// What `decode` makes of the body, or the error.
template <typename T, typename Decode>
Callback<std::string> decoding(Callback<T> callback, std::string place, Decode decode) {
  return [callback = std::move(callback), place = std::move(place), decode](Result<std::string> body) {
    if (!body) return callback(body.error());
    Result<T> decoded = decode(*body);
    if (!decoded) return callback(Error{decoded.error().code, place + ": " + decoded.error().message});
    callback(std::move(decoded));
  };
}

void mark_loaded(std::vector<ModelSummary>& models, const std::vector<LoadedModel>& loaded) {
  for (ModelSummary& model : models) {
    model.loaded = std::any_of(loaded.begin(), loaded.end(),
                               [&](const LoadedModel& one) { return one.summary.name == model.name; });
  }
}

}  // namespace

Result<std::unique_ptr<OllamaClient>> OllamaClient::make(std::string_view address,
                                                         const OllamaClientOptions& options) {
  Result<std::string> base_url = parse_ollama_address(address);
  if (!base_url) return base_url.error();
  return std::unique_ptr<OllamaClient>(new OllamaClient(*std::move(base_url), options));
}

OllamaClient::OllamaClient(std::string base_url, const OllamaClientOptions& options)
    : base_url_(std::move(base_url)), options_(options) {}

std::shared_ptr<Run> OllamaClient::generate(Request request, std::shared_ptr<Listener> listener) {
  const bool chat = request.kind == Request::Kind::kChat;
  http::ClientRequest http_request{
      .method = "POST",
      .url = base_url_ + (chat ? "/api/chat" : "/api/generate"),
      .headers = {{"Content-Type", "application/json"}, {"Accept", "application/x-ndjson"}},
      .body = encode_run(request),
      .connect_timeout_ms = options_.connect_limit_ms,
      .deadline_ms = request.deadline_ms > 0 ? request.deadline_ms : options_.answer_limit_ms};
  // Another Samovar keeps to it too.
  http_request.headers.emplace_back("X-Request-Timeout",
                                    std::to_string((http_request.deadline_ms + 999) / 1000));
  if (!options_.api_key.empty())
    http_request.headers.emplace_back("Authorization", "Bearer " + options_.api_key);
  auto run = std::make_shared<OllamaRun>(std::move(listener), base_url_);
  return std::make_shared<HttpRun>(http_.start(std::move(http_request), std::move(run)));
}

void OllamaClient::ask(std::string method, const std::string& path, std::string body,
                       Callback<std::string> callback) {
  http::ClientRequest request{.method = std::move(method),
                              .url = base_url_ + path,
                              .headers = {{"Accept", "application/json"}},
                              .body = std::move(body),
                              .connect_timeout_ms = options_.connect_limit_ms,
                              .deadline_ms = options_.query_limit_ms};
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  if (!options_.api_key.empty()) request.headers.emplace_back("Authorization", "Bearer " + options_.api_key);
  http_.start(std::move(request), std::make_shared<Query>(std::move(callback), base_url_));
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
  ask("GET", "/api/tags", {}, decoding<std::vector<ModelSummary>>(std::move(then), base_url_, &decode_tags));
}

void OllamaClient::list_loaded(Callback<std::vector<LoadedModel>> callback) {
  ask("GET", "/api/ps", {}, decoding<std::vector<LoadedModel>>(std::move(callback), base_url_, &decode_ps));
}

void OllamaClient::describe(std::string model, bool verbose, Callback<ModelDescription> callback) {
  std::string body = encode_show(model, verbose);
  const auto decode = [model = std::move(model)](const std::string& text) {
    return decode_show(text, model);
  };
  ask("POST", "/api/show", std::move(body),
      decoding<ModelDescription>(std::move(callback), base_url_, decode));
}

void OllamaClient::check_ready(Callback<bool> callback) {
  ask("GET", "/api/version", {}, [callback = std::move(callback)](Result<std::string> body) {
    if (!body) return callback(body.error());
    callback(true);
  });
}

}  // namespace samovar::backend
