// DELETE /api/delete
#include "api/endpoints.h"
#include "api/errors.h"
#include "wire/store_request.h"

namespace samovar::api {

void add_delete(http::Router& router, const Context& context) {
  router.add(
      "DELETE", "/api/delete",
      [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
        const auto model = wire::parse_delete_request(request.body);
        if (!model) return writer->send(make_ollama_error(model.error(), Origin::kRequest));
        if (model->empty()) {
          return writer->send(make_ollama_error(400, "model is required", Origin::kRequest));
        }
        context->library->remove(*model, [writer](Result<void> removed) {
          writer->send(removed ? http::Response{} : make_ollama_error(removed.error(), Origin::kRequest));
        });
      });
}

}  // namespace samovar::api
