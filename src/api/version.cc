// GET, HEAD /api/version
#include "api/endpoints.h"
#include "api/errors.h"
#include "wire/json_writer.h"

namespace samovar::api {
namespace {

// Clients compare "version" with Ollama's releases to learn what the server can do, so it names the
// release whose API is served here. Samovar's own version stands in every answer's Server header; a second
// member here would be harmless to clients, but would make the answer differ from Ollama's.
constexpr auto kOllamaVersion = "0.33.3";

}  // namespace

void add_version(http::Router& router, const Context&) {
  router.add("GET", "/api/version",
             [](const http::Request&, const std::shared_ptr<http::ResponseWriter>& writer) {
               std::string json;
               wire::ObjectWriter(json).add("version", kOllamaVersion).close();
               writer->send(make_ollama_json(std::move(json)));
             });
}

}  // namespace samovar::api
