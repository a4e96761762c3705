// GET /openapi.json; the document is openapi.json beside this file.
#include <string>
#include <string_view>

#include "api/endpoints.h"
#include "api/errors.h"

namespace samovar::api {

extern const std::string_view kOpenApi;

void add_openapi(http::Router& router, const Context& context) {
  constexpr std::string_view kPlaceholder = "SAMOVAR_VERSION";
  std::string document(kOpenApi);
  document.replace(document.find(kPlaceholder), kPlaceholder.size(), context->version);
  router.add("GET", "/openapi.json",
             [document](const http::Request&, const std::shared_ptr<http::ResponseWriter>& writer) {
               writer->send(make_ollama_json(document));
             });
}

}  // namespace samovar::api
