// The outermost filter: counts and logs every answer, and says when a refused client may come again.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "api/endpoints.h"
#include "http/text.h"

namespace samovar::api {
namespace {

constexpr size_t kLoggedIdBytes = 128;

class ObservedWriter final : public http::ResponseWriter {
 public:
  ObservedWriter(Context context, AnsweredRequest asked, std::shared_ptr<http::ResponseWriter> inner)
      : context_(std::move(context)), asked_(std::move(asked)), inner_(std::move(inner)) {}
  ~ObservedWriter() override {
    if (asked_.status != 0 && !asked_.is_whole) log();
  }

  void send(http::Response response) override {
    count(response.status, response.headers);
    if (response.status == 503 && context_->gate != nullptr) set_retry(response.headers);
    inner_->send(std::move(response));
    end();
  }
  void start(int status, http::Headers headers) override {
    count(status, headers);
    inner_->start(status, std::move(headers));
  }
  bool write(std::string piece) override { return inner_->write(std::move(piece)); }
  void finish() override {
    inner_->finish();
    end();
  }
  void on_disconnect(std::function<void()> callback) override { inner_->on_disconnect(std::move(callback)); }

 private:
  void count(int status, const http::Headers& headers) {
    asked_.status = status;
    // Made up by the endpoint where the caller had none.
    if (asked_.id.empty()) asked_.id = std::string(http::find_header(headers, "X-Request-Id"));
    if (context_->counts != nullptr) context_->counts->count(asked_.method, asked_.endpoint, status);
  }
  void end() {
    asked_.is_whole = true;
    log();
  }
  void log() {
    if (!context_->log_request) return;
    asked_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    context_->log_request(asked_);
  }
  // Only where an error has one already: not every 503 is a full line.
  void set_retry(http::Headers& headers) const {
    for (auto& [name, value] : headers) {
      if (name == "Retry-After") value = std::to_string(context_->gate->retry_after_seconds());
    }
  }

  Context context_;
  AnsweredRequest asked_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::shared_ptr<http::ResponseWriter> inner_;
};

// What is counted has a bounded number of values, whatever clients send.
std::string counted_method(const std::string& method) {
  for (const char* known : {"GET", "POST", "DELETE", "HEAD", "PUT", "PATCH", "OPTIONS"}) {
    if (method == known) return method;
  }
  return "other";
}

}  // namespace

void add_observer(http::Router& router, const Context& context) {
  if (context->counts == nullptr && !context->log_request) return;
  router.add_filter([&router, context](const http::Request& request,
                                       std::shared_ptr<http::ResponseWriter> writer,
                                       const http::Handler& next) {
    std::string endpoint = router.pattern(request.path);
    if (endpoint.empty()) endpoint = "other";
    AnsweredRequest asked;
    asked.method = counted_method(request.method);
    asked.endpoint = std::move(endpoint);
    asked.id = std::string(request.header("X-Request-Id").substr(0, kLoggedIdBytes));
    asked.trace = request.trace;
    next(request, std::make_shared<ObservedWriter>(context, std::move(asked), std::move(writer)));
  });
}

}  // namespace samovar::api
