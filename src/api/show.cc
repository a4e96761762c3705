// POST /api/show
#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/model_check.h"
#include "api/to_backend.h"
#include "catalog/name.h"
#include "wire/go_time.h"

namespace samovar::api {
namespace {

std::string encode(backend::ModelDescription model, const std::optional<std::string>& system) {
  wire::ShownModel shown{.license = std::move(model.license),
                         .modelfile = std::move(model.modelfile),
                         .parameters = std::move(model.parameters),
                         .template_text = std::move(model.chat_template),
                         .system = system.value_or(model.system),
                         .details = to_details(model.summary.facts, Lengths::kHidden),
                         .messages = {},
                         .model_info_json = std::move(model.model_info_json),
                         .tensors_json = std::move(model.tensors_json),
                         .capabilities = std::move(model.summary.capabilities),
                         .modified_at = wire::format_time(model.summary.modified_at_ns)};
  for (const text::ChatMessage& message : model.messages) {
    wire::Message& out = shown.messages.emplace_back();
    out.role = message.role;
    out.content = message.content;
  }
  return wire::encode_show(shown);
}

void handle_show(const Context& context, const http::Request& request,
                 std::shared_ptr<http::ResponseWriter> writer) {
  auto parsed = wire::parse_show_request(request.body);
  if (!parsed) return writer->send(make_ollama_error(parsed.error(), Origin::kRequest));
  if (parsed->model.empty())
    return writer->send(make_ollama_error(400, "model is required", Origin::kRequest));
  const auto name = catalog::parse_name(parsed->model);
  if (!name) return writer->send(make_ollama_error(400, "invalid model name", Origin::kRequest));
  context->backend->describe(
      parsed->model, parsed->verbose,
      [writer = std::move(writer), shown = name->display(),
       system = parsed->system](Result<backend::ModelDescription> model) {
        writer->send(model ? make_ollama_json(encode(*std::move(model), system))
                           : make_ollama_error(name_missing_model(model.error(), shown), Origin::kRequest));
      });
}

}  // namespace

void add_show(http::Router& router, const Context& context) {
  router.add("POST", "/api/show",
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               handle_show(context, request, std::move(writer));
             });
}

}  // namespace samovar::api
