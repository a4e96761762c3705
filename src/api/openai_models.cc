// GET /v1/models, GET /v1/models/{model}
#include "api/endpoints.h"
#include "api/errors.h"
#include "api/model_check.h"
#include "api/to_backend.h"
#include "catalog/name.h"
#include "http/text.h"

namespace samovar::api {
namespace {

using Models = std::vector<backend::ModelSummary>;

constexpr auto kOnePattern = "/v1/models/{model}";

wire::OpenAiModel to_model(const backend::ModelSummary& summary, const std::string& id) {
  const auto name = catalog::parse_name(summary.name);
  return {.id = id,
          .created = to_unix_seconds(summary.modified_at_ns),
          .owned_by = name ? name->name_space : std::string("library")};
}

http::Response list_all(const Result<Models>& models) {
  if (!models) return make_openai_error(models.error(), Origin::kRun);
  std::vector<wire::OpenAiModel> out;
  for (const backend::ModelSummary& summary : *models) out.push_back(to_model(summary, summary.name));
  return make_openai_json(wire::encode_openai_models(out));
}

bool same_model(const catalog::Name& wanted, const std::string& other) {
  const auto name = catalog::parse_name(other);
  return name && http::equals_ignoring_case(name->full(), wanted.full());
}

http::Response find_one(const Result<Models>& models, const std::string& id) {
  if (!models) return make_openai_error(models.error(), Origin::kRun);
  const auto name = catalog::parse_name(id);
  if (!name) return make_openai_error({Code::kInvalidArgument, "invalid model name"}, Origin::kRun);
  for (const backend::ModelSummary& summary : *models) {
    if (same_model(*name, summary.name))
      return make_openai_json(wire::encode_openai_model(to_model(summary, id)));
  }
  return make_openai_error(name_missing_model({Code::kNotFound, ""}, name->display()), Origin::kRun);
}

}  // namespace

void add_openai_models(http::Router& router, const Context& context) {
  router.add(
      "GET", "/v1/models", [context](const http::Request&, std::shared_ptr<http::ResponseWriter> writer) {
        context->backend->list([writer](const Result<Models>& models) { writer->send(list_all(models)); });
      });
  router.add("GET", kOnePattern,
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               const std::string id = http::Router::part(kOnePattern, request.path, "model");
               context->backend->list(
                   [writer, id](const Result<Models>& models) { writer->send(find_one(models, id)); });
             });
}

}  // namespace samovar::api
