// POST /api/copy
#include "api/endpoints.h"
#include "api/errors.h"
#include "wire/store_request.h"

namespace samovar::api {

void add_copy(http::Router& router, const Context& context) {
  router.add(
      "POST", "/api/copy",
      [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
        const auto parsed = wire::parse_copy_request(request.body);
        if (!parsed) return writer->send(make_ollama_error(parsed.error(), Origin::kRequest));
        context->library->copy(parsed->source, parsed->destination, [writer](Result<void> copied) {
          writer->send(copied ? http::Response{} : make_ollama_error(copied.error(), Origin::kRequest));
        });
      });
}

}  // namespace samovar::api
