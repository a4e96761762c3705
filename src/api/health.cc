// GET /healthz: the process answers. GET /readyz: the backend can answer too. A store that is away closes
// nothing: it is said, and `/readyz?strict=1` refuses then (docs/scaling.md has the reasons).
#include "api/endpoints.h"
#include "http/request_parts.h"

namespace samovar::api {
namespace {

http::Response make_text(int status, std::string text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          .body = std::move(text) + "\n"};
}

std::string describe_backend(const Result<bool>& ready) {
  if (!ready) return ready.error().message;
  return *ready ? "ready" : "the model is not loaded yet";
}

// One line for all, then one for each part.
http::Response make_readiness(const Result<bool>& backend, const std::optional<Result<void>>& store,
                              bool is_strict) {
  const bool answers = backend && *backend;
  const bool keeps = !store || *store;
  std::string text = answers ? (keeps ? "ready" : "ready, but not all") : "not ready";
  if (!answers || !keeps) {
    text += answers ? "" : ": " + describe_backend(backend);
    text += "\nanswers: " + describe_backend(backend);
    if (store) text += "\nconversations: " + (*store ? "ready" : (*store).error().message);
  }
  return make_text(answers && (keeps || !is_strict) ? 200 : 503, std::move(text));
}

}  // namespace

void add_health(http::Router& router, const Context& context) {
  router.add("GET", "/healthz",
             [](const http::Request&, const std::shared_ptr<http::ResponseWriter>& writer) {
               writer->send(make_text(200, "alive"));
             });
  router.add("GET", "/readyz",
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               const bool is_strict = http::query_value(request, "strict").value_or("") == "1";
               const auto check_backend = [context, writer,
                                           is_strict](const std::optional<Result<void>>& store) {
                 context->backend->check_ready([writer, is_strict, store](const Result<bool>& ready) {
                   writer->send(make_readiness(ready, store, is_strict));
                 });
               };
               if (!context->check_store) return check_backend(std::nullopt);
               context->check_store([check_backend](const Result<void>& store) { check_backend(store); });
             });
}

}  // namespace samovar::api
