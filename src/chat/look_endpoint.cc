// GET /ui/logo and /ui/custom.css: the files that samovar.toml names, read at the start.
#include "chat/endpoints.h"

namespace samovar::chat {
namespace {

const char* image_type(const std::string& path) {
  for (const auto& [tail, type] :
       {std::pair(".svg", "image/svg+xml"), std::pair(".png", "image/png"), std::pair(".webp", "image/webp"),
        std::pair(".jpg", "image/jpeg"), std::pair(".ico", "image/x-icon")}) {
    if (path.ends_with(tail)) return type;
  }
  return "application/octet-stream";
}

void add_file(http::Router& router, const char* path, const char* type, std::string bytes) {
  router.add(
      "GET", path,
      [type, bytes = std::move(bytes)](const http::Request&, std::shared_ptr<http::ResponseWriter> writer) {
        // An SVG that is opened by itself must not run anything either.
        writer->send({.status = 200,
                      .headers = {{"Content-Type", type},
                                  {"Cache-Control", "max-age=300"},
                                  {"X-Content-Type-Options", "nosniff"},
                                  {"Content-Security-Policy",
                                   "default-src 'none'; style-src 'unsafe-inline'; sandbox"}},
                      .body = bytes});
      });
}

}  // namespace

void add_look(http::Router& router, const Context& context) {
  const Look& look = context->deps.setup.look;
  if (!look.logo.empty()) add_file(router, "/ui/logo", image_type(look.logo), context->deps.logo_bytes);
  if (!look.css.empty())
    add_file(router, "/ui/custom.css", "text/css; charset=utf-8", context->deps.css_text);
}

}  // namespace samovar::chat
