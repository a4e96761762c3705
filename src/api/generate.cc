// POST /api/generate
#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/ollama_format.h"
#include "api/to_backend.h"
#include "catalog/name.h"

namespace samovar::api {
namespace {

bool mixes_raw(const wire::GenerateRequest& request) {
  return request.raw &&
         (!request.template_text.empty() || !request.system.empty() || !request.context.empty());
}

Result<OllamaRun> prepare(const std::string& body) {
  auto parsed = wire::parse_generate_request(body);
  if (!parsed) return parsed.error();
  const auto top_logprobs = check_top_logprobs(parsed->top_logprobs);
  if (!top_logprobs) return top_logprobs.error();
  // Unlike chat, generate calls a missing name an unknown model.
  if (parsed->model.empty()) return Error{Code::kNotFound, "model '' not found"};
  if (!catalog::parse_name(parsed->model)) return Error{Code::kInvalidArgument, "invalid model name"};
  if (mixes_raw(*parsed)) {
    return Error{Code::kInvalidArgument, "raw mode does not support template, system, or context"};
  }
  auto format = wire::check_format(parsed->format);
  const bool loads_only = parsed->prompt.empty();
  if (!format && !loads_only) return format.error();
  OllamaRun run;
  run.demands = read_demands(*parsed);
  run.demands.insert = !parsed->suffix.empty();
  run.demands.vision = parsed->has_images;
  run.setup = {.model = parsed->model,
               .encode = wire::encode_generate_chunk,
               .is_unload = loads_only && parsed->keep_alive_ns == 0};
  run.asked = parsed->stream ? AnswerFormat::Asked::kStream : AnswerFormat::Asked::kWhole;
  run.request = to_request(*std::move(parsed));
  run.request.top_logprobs = *top_logprobs;
  if (format) run.request.format_json = *std::move(format);
  return run;
}

}  // namespace

void add_generate(http::Router& router, const Context& context) {
  router.add("POST", "/api/generate",
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               auto run = prepare(request.body);
               if (!run) return writer->send(make_ollama_error(run.error(), Origin::kRequest));
               run_ollama(context, *std::move(run), std::move(writer));
             });
}

}  // namespace samovar::api
