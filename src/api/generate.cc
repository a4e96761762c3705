// POST /api/generate
#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/ollama_format.h"

namespace samovar::api {
namespace {

bool mixes_raw(const wire::GenerateRequest& request) {
  return request.raw &&
         (!request.template_text.empty() || !request.system.empty() || !request.context.empty());
}

Result<OllamaRun> prepare_generate(const std::string& body) {
  auto parsed = wire::parse_generate_request(body);
  if (!parsed) return parsed.error();
  // Unlike chat, generate calls a missing name an unknown model.
  if (parsed->model.empty()) return Error{Code::kNotFound, "model '' not found"};
  if (mixes_raw(*parsed)) {
    return Error{Code::kInvalidArgument, "raw mode does not support template, system, or context"};
  }
  ModelDemands demands = read_demands(*parsed);
  demands.insert = !parsed->suffix.empty();
  demands.vision = parsed->has_images;
  const bool loads_only = parsed->prompt.empty();
  return make_run(*std::move(parsed), {wire::encode_generate_chunk, demands, loads_only});
}

}  // namespace

void add_generate(http::Router& router, const Context& context) {
  router.add("POST", "/api/generate",
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               auto run = prepare_generate(request.body);
               if (!run) return writer->send(make_ollama_error(run.error(), Origin::kRequest));
               run->caller = read_caller(*context, request);
               run_ollama(context, *std::move(run), std::move(writer));
             });
}

}  // namespace samovar::api
