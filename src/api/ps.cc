// GET, HEAD /api/ps
#include <limits>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/to_backend.h"
#include "wire/go_time.h"

namespace samovar::api {
namespace {

std::string encode(const std::vector<backend::LoadedModel>& models, int64_t now_ns) {
  std::vector<wire::RunningModel> running;
  for (const backend::LoadedModel& model : models) {
    // "For ever" is Go's longest duration from now, the year 2319; clients print it as "Forever".
    constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
    const bool never = model.expires_at_ns == kNever;
    running.push_back({.name = model.summary.name,
                       .size_bytes = model.memory_bytes,
                       .digest = model.summary.digest,
                       .details = to_details(model.summary.facts, Lengths::kHidden),
                       .expires_at = never ? wire::format_time_after(now_ns, kNever)
                                           : wire::format_time(model.expires_at_ns),
                       .context_length = model.n_ctx});
  }
  return wire::encode_ps(running);
}

}  // namespace

void add_ps(http::Router& router, const Context& context) {
  router.add("GET", "/api/ps", [context](const http::Request&, std::shared_ptr<http::ResponseWriter> writer) {
    context->backend->list_loaded([context, writer](Result<std::vector<backend::LoadedModel>> models) {
      writer->send(models ? make_ollama_json(encode(*models, context->now_ns()))
                          : make_ollama_error(models.error(), Origin::kRequest));
    });
  });
}

}  // namespace samovar::api
