// POST /api/chat
#include <algorithm>
#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/ollama_format.h"
#include "api/to_backend.h"
#include "catalog/name.h"

namespace samovar::api {
namespace {

Result<OllamaRun> prepare(const std::string& body) {
  auto parsed = wire::parse_chat_request(body);
  if (!parsed) return parsed.error();
  const auto top_logprobs = check_top_logprobs(parsed->top_logprobs);
  if (!top_logprobs) return top_logprobs.error();
  if (parsed->model.empty()) return Error{Code::kInvalidArgument, "model is required"};
  if (!catalog::parse_name(parsed->model)) return Error{Code::kInvalidArgument, "invalid model name"};
  auto format = wire::check_format(parsed->format);
  const bool loads_only = parsed->messages.empty();
  if (!format && !loads_only) return format.error();
  OllamaRun run;
  run.demands = read_demands(*parsed);
  run.demands.tools = !parsed->tools_json.empty();
  run.demands.vision = std::any_of(parsed->messages.begin(), parsed->messages.end(),
                                   [](const wire::Message& message) { return message.has_images; });
  run.setup = {.model = parsed->model,
               .encode = wire::encode_chat_chunk,
               .is_unload = loads_only && parsed->keep_alive_ns == 0};
  run.asked = parsed->stream ? AnswerFormat::Asked::kStream : AnswerFormat::Asked::kWhole;
  run.request = to_request(*std::move(parsed));
  run.request.top_logprobs = *top_logprobs;
  if (format) run.request.format_json = *std::move(format);
  return run;
}

}  // namespace

void add_chat(http::Router& router, const Context& context) {
  router.add("POST", "/api/chat",
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               auto run = prepare(request.body);
               if (!run) return writer->send(make_ollama_error(run.error(), Origin::kRequest));
               run_ollama(context, *std::move(run), std::move(writer));
             });
}

}  // namespace samovar::api
