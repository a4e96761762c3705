// GET, HEAD /
#include "api/endpoints.h"

namespace samovar::api {

void add_root(http::Router& router, const Context&) {
  router.add("GET", "/", [](const http::Request&, const std::shared_ptr<http::ResponseWriter>& writer) {
    // Clients look for this very sentence to know that they may speak Ollama's API here.
    writer->send({.status = 200,
                  .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                  .body = "Ollama is running"});
  });
}

}  // namespace samovar::api
