// POST /api/create
#include "catalog/create.h"

#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/progress_answer.h"
#include "catalog/name.h"
#include "wire/store_request.h"

namespace samovar::api {
namespace {

backend::CreateRequest to_library(wire::CreateRequest request) {
  return {.model = std::move(request.model),
          .from = std::move(request.from),
          .files = std::move(request.files),
          .adapters = std::move(request.adapters),
          .template_text = std::move(request.template_text),
          .system = std::move(request.system),
          .licenses = std::move(request.licenses),
          .params_json = std::move(request.params_json),
          .messages_json = std::move(request.messages_json),
          .quantize = std::move(request.quantize)};
}

void handle_create(const Context& context, const http::Request& request,
                   const std::shared_ptr<http::ResponseWriter>& writer) {
  auto parsed = wire::parse_create_request(request.body);
  if (!parsed) return writer->send(make_ollama_error(parsed.error(), Origin::kRequest));
  if (!catalog::parse_name(parsed->model)) {
    return writer->send(make_ollama_error(400, "invalid model name", Origin::kRequest));
  }
  for (const auto* files : {&parsed->files, &parsed->adapters}) {
    const Result<void> checked = catalog::check_file_map(*files);
    if (!checked) return writer->send(make_ollama_error(checked.error(), Origin::kRequest));
  }
  if (parsed->from.empty() && !parsed->has_files) {
    return writer->send(make_ollama_error(400, "neither 'from' or 'files' was specified", Origin::kRun));
  }
  const Steps steps = parsed->stream ? Steps::kStream : Steps::kLastOnly;
  run_operation(writer, steps, [&](std::shared_ptr<backend::ProgressListener> listener) {
    return context->library->create(to_library(*std::move(parsed)), std::move(listener));
  });
}

}  // namespace

void add_create(http::Router& router, const Context& context) {
  router.add("POST", "/api/create",
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               handle_create(context, request, writer);
             });
}

}  // namespace samovar::api
