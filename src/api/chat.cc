// POST /api/chat
#include <algorithm>
#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/ollama_format.h"

namespace samovar::api {
namespace {

Result<OllamaRun> prepare_chat(const std::string& body) {
  auto parsed = wire::parse_chat_request(body);
  if (!parsed) return parsed.error();
  if (parsed->model.empty()) return Error{Code::kInvalidArgument, "model is required"};
  ModelDemands demands = read_demands(*parsed);
  demands.tools = !parsed->tools_json.empty();
  demands.vision = std::any_of(parsed->messages.begin(), parsed->messages.end(),
                               [](const wire::Message& message) { return message.has_images; });
  const bool loads_only = parsed->messages.empty();
  return make_run(*std::move(parsed), {wire::encode_chat_chunk, demands, loads_only});
}

}  // namespace

void add_chat(http::Router& router, const Context& context) {
  router.add("POST", "/api/chat",
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               auto run = prepare_chat(request.body);
               if (!run) return writer->send(make_ollama_error(run.error(), Origin::kRequest));
               run->caller = read_caller(*context, request);
               run_ollama(context, *std::move(run), std::move(writer));
             });
}

}  // namespace samovar::api
