// GET, HEAD /api/tags
#include "api/endpoints.h"
#include "api/errors.h"
#include "api/to_backend.h"
#include "wire/go_time.h"

namespace samovar::api {
namespace {

std::string encode(const std::vector<backend::ModelSummary>& models) {
  std::vector<wire::ListedModel> listed;
  for (const backend::ModelSummary& model : models) {
    listed.push_back({.name = model.name,
                      .modified_at = wire::format_time(model.modified_at_ns),
                      .size_bytes = model.size_bytes,
                      .digest = model.digest,
                      .details = to_details(model.facts, Lengths::kShown),
                      .capabilities = model.capabilities});
  }
  return wire::encode_tags(listed);
}

}  // namespace

void add_tags(http::Router& router, const Context& context) {
  router.add("GET", "/api/tags",
             [context](const http::Request&, std::shared_ptr<http::ResponseWriter> writer) {
               context->backend->list([writer](Result<std::vector<backend::ModelSummary>> models) {
                 writer->send(models ? make_ollama_json(encode(*models))
                                     : make_ollama_error(models.error(), Origin::kRequest));
               });
             });
}

}  // namespace samovar::api
