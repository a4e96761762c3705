// POST /api/push
#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/progress_answer.h"
#include "catalog/name.h"
#include "wire/store_request.h"

namespace samovar::api {
namespace {

void handle_push(const Context& context, const http::Request& request,
                 const std::shared_ptr<http::ResponseWriter>& writer) {
  const auto parsed = wire::parse_push_request(request.body);
  if (!parsed) return writer->send(make_ollama_error(parsed.error(), Origin::kRequest));
  if (parsed->model.empty()) {
    return writer->send(make_ollama_error(400, "model is required", Origin::kRequest));
  }
  if (!catalog::parse_name(parsed->model)) {
    return writer->send(make_ollama_error(400, "invalid model name", Origin::kRequest));
  }
  run_operation(writer, parsed->stream ? Steps::kStream : Steps::kLastOnly,
                [&](std::shared_ptr<backend::ProgressListener> listener) {
                  return context->library->push({.model = parsed->model, .insecure = parsed->insecure},
                                                std::move(listener));
                });
}

}  // namespace

void add_push(http::Router& router, const Context& context) {
  router.add("POST", "/api/push",
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               handle_push(context, request, writer);
             });
}

}  // namespace samovar::api
