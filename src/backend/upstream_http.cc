#include "backend/upstream_http.h"

#include "backend/upstream_error.h"

namespace samovar::backend {
namespace {

constexpr size_t kMaxAnswerBytes = size_t{64} << 20U;
constexpr int kRefusedKey = 401;
constexpr int kForbidden = 403;

// That an upstream wants a key is this server's affair: its own callers have shown what they must.
Error name_key(Error error, int status, const std::string& place) {
  if (status != kRefusedKey && status != kForbidden) return error;
  return {Code::kUnavailable,
          place + " does not accept this server's key (SAMOVAR_UPSTREAM_KEY): " + error.message};
}

bool is_uuid(std::string_view id) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (id.size() != kForm.size()) return false;
  for (size_t i = 0; i < id.size(); ++i) {
    const bool hex = std::string_view("0123456789abcdefABCDEF").find(id[i]) != std::string_view::npos;
    if (kForm[i] == 'x' ? !hex : id[i] != '-') return false;
  }
  return true;
}

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
    if (status_ != 200) return callback_(decode_refusal(status_, body_, place_));
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

}  // namespace

Error decode_refusal(int status, std::string_view body, const std::string& place) {
  return name_key(decode_error(status, body, place), status, place);
}

UpstreamHttp::UpstreamHttp(std::string base_url, UpstreamOptions options)
    : base_url_(std::move(base_url)), options_(std::move(options)) {}

http::ClientRequest UpstreamHttp::make_request(std::string method, const std::string& path,
                                               std::string body) const {
  http::ClientRequest request{.method = std::move(method),
                              .url = base_url_ + path,
                              .headers = {},
                              .body = std::move(body),
                              .connect_timeout_ms = options_.connect_limit_ms};
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  if (!options_.api_key.empty()) request.headers.emplace_back("Authorization", "Bearer " + options_.api_key);
  return request;
}

void UpstreamHttp::ask(Question question, Callback<std::string> callback) {
  http::ClientRequest request =
      make_request(std::move(question.method), question.path, std::move(question.body));
  request.headers.emplace_back("Accept", "application/json");
  request.deadline_ms = question.deadline_ms > 0 ? question.deadline_ms : options_.query_limit_ms;
  http_.start(std::move(request), std::make_shared<Query>(std::move(callback), base_url_));
}

std::shared_ptr<Run> UpstreamHttp::stream(Stream stream, const Request& request,
                                          std::shared_ptr<http::ClientListener> listener) {
  http::ClientRequest out = make_request("POST", stream.path, std::move(stream.body));
  out.headers.emplace_back("Accept", std::move(stream.accept));
  out.deadline_ms = request.deadline_ms > 0 ? request.deadline_ms : options_.answer_limit_ms;
  out.stall_limit_ms = options_.stall_limit_ms;
  // Another Samovar keeps to it too.
  out.headers.emplace_back("X-Request-Timeout", std::to_string((out.deadline_ms + 999) / 1000));
  // llama-cpp-python's server answers 400 with nothing more to an id of another kind; the trace tells the
  // same.
  if (is_uuid(request.id)) out.headers.emplace_back("X-Request-Id", request.id);
  if (!request.traceparent.empty()) out.headers.emplace_back("traceparent", request.traceparent);
  return std::make_shared<HttpRun>(http_.start(std::move(out), std::move(listener)));
}

}  // namespace samovar::backend
