// The outermost filter: counts every answer, and says when a refused client may come again.
#include <memory>
#include <string>
#include <utility>

#include "api/endpoints.h"
#include "http/text.h"

namespace samovar::api {
namespace {

class ObservedWriter final : public http::ResponseWriter {
 public:
  struct Asked {
    std::string method;
    std::string endpoint;
  };
  ObservedWriter(Context context, Asked asked, std::shared_ptr<http::ResponseWriter> inner)
      : context_(std::move(context)), asked_(std::move(asked)), inner_(std::move(inner)) {}

  void send(http::Response response) override {
    context_->counts->count(asked_.method, asked_.endpoint, response.status);
    if (response.status == 503 && context_->gate != nullptr) set_retry(response.headers);
    inner_->send(std::move(response));
  }
  void start(int status, http::Headers headers) override {
    context_->counts->count(asked_.method, asked_.endpoint, status);
    inner_->start(status, std::move(headers));
  }
  bool write(std::string piece) override { return inner_->write(std::move(piece)); }
  void finish() override { inner_->finish(); }
  void on_disconnect(std::function<void()> callback) override { inner_->on_disconnect(std::move(callback)); }

 private:
  // Only where an error has one already: not every 503 is a full line.
  void set_retry(http::Headers& headers) const {
    for (auto& [name, value] : headers) {
      if (name == "Retry-After") value = std::to_string(context_->gate->retry_after_seconds());
    }
  }

  Context context_;
  Asked asked_;
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
  if (context->counts == nullptr) return;
  router.add_filter([&router, context](const http::Request& request,
                                       std::shared_ptr<http::ResponseWriter> writer,
                                       const http::Handler& next) {
    std::string endpoint = router.pattern(request.path);
    if (endpoint.empty()) endpoint = "other";
    next(request, std::make_shared<ObservedWriter>(
                      context, ObservedWriter::Asked{counted_method(request.method), std::move(endpoint)},
                      std::move(writer)));
  });
}

}  // namespace samovar::api
