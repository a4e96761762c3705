// HEAD, POST /api/blobs/{digest}: a GGUF on its way into the store, before POST /api/create names it
#include "api/endpoints.h"
#include "api/errors.h"

namespace samovar::api {
namespace {

constexpr const char* kBlobPath = "/api/blobs/{digest}";

void look_for_blob(const Context& context, const http::Request& request,
                   const std::shared_ptr<http::ResponseWriter>& writer) {
  const std::string digest = http::Router::part(kBlobPath, request.path, "digest");
  context->library->has_blob(digest, [writer, digest](Result<bool> there) {
    if (!there) return writer->send(make_ollama_error(there.error(), Origin::kRequest));
    writer->send(*there ? http::Response{}
                        : make_ollama_error(404, "blob " + digest + " not found", Origin::kRequest));
  });
}

void take_blob(const Context& context, const http::Request& request,
               const std::shared_ptr<http::ResponseWriter>& writer) {
  const std::string digest = http::Router::part(kBlobPath, request.path, "digest");
  context->library->put_blob(digest, request.upload, [writer](Result<bool> taken) {
    if (!taken) return writer->send(make_ollama_error(taken.error(), Origin::kRequest));
    writer->send({.status = *taken ? 201 : 200, .headers = {}, .body = {}});
  });
}

}  // namespace

void add_blobs(http::Router& router, const Context& context) {
  router.add("HEAD", kBlobPath,
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               look_for_blob(context, request, writer);
             });
  router.add_upload(
      "POST", kBlobPath,
      [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
        take_blob(context, request, writer);
      });
}

}  // namespace samovar::api
