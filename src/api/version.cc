// GET, HEAD /api/version
#include "api/endpoints.h"
#include "api/errors.h"
#include "wire/json_writer.h"

namespace samovar::api {
namespace {

// Clients compare "version" with Ollama's releases to learn what the server can do, so it names the
// release whose API is served here. Samovar's own version stands beside it and in the Server header.
constexpr auto kOllamaVersion = "0.33.3";

}  // namespace

void add_version(http::Router& router, const Context& context) {
  router.add(
      "GET", "/api/version",
      [context](const http::Request&, const std::shared_ptr<http::ResponseWriter>& writer) {
        std::string json;
        wire::ObjectWriter(json).add("version", kOllamaVersion).add("samovar", context->version).close();
        writer->send(make_ollama_json(std::move(json)));
      });
}

}  // namespace samovar::api
