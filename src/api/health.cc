// GET /healthz: the process answers. GET /readyz: the backend can answer too.
#include "api/endpoints.h"

namespace samovar::api {
namespace {

http::Response make_text(int status, std::string text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          .body = std::move(text) + "\n"};
}

http::Response make_readiness(const Result<bool>& ready) {
  if (!ready) return make_text(503, "not ready: " + ready.error().message);
  return *ready ? make_text(200, "ready") : make_text(503, "not ready: the model is not loaded yet");
}

}  // namespace

void add_health(http::Router& router, const Context& context) {
  router.add("GET", "/healthz",
             [](const http::Request&, const std::shared_ptr<http::ResponseWriter>& writer) {
               writer->send(make_text(200, "alive"));
             });
  router.add("GET", "/readyz", [context](const http::Request&, std::shared_ptr<http::ResponseWriter> writer) {
    context->backend->check_ready(
        [writer](const Result<bool>& ready) { writer->send(make_readiness(ready)); });
  });
}

}  // namespace samovar::api
