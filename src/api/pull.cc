// POST /api/pull
#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/progress_answer.h"
#include "catalog/name.h"
#include "wire/store_request.h"

namespace samovar::api {
namespace {

// Addresses of files are no names; the library looks at them.
bool is_pullable(const std::string& model) {
  return model.find("://") != std::string::npos || catalog::parse_name(model).ok();
}

void handle_pull(const Context& context, const http::Request& request,
                 const std::shared_ptr<http::ResponseWriter>& writer) {
  const auto parsed = wire::parse_pull_request(request.body);
  if (!parsed) return writer->send(make_ollama_error(parsed.error(), Origin::kRequest));
  if (!is_pullable(parsed->model)) {
    return writer->send(make_ollama_error(400, "invalid model name", Origin::kRequest));
  }
  run_operation(writer, parsed->stream ? Steps::kStream : Steps::kLastOnly,
                [&](std::shared_ptr<backend::ProgressListener> listener) {
                  return context->library->pull({.model = parsed->model, .insecure = parsed->insecure},
                                                std::move(listener));
                });
}

}  // namespace

void add_pull(http::Router& router, const Context& context) {
  router.add("POST", "/api/pull",
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               handle_pull(context, request, writer);
             });
}

}  // namespace samovar::api
