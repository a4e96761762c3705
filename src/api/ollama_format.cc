#include "api/ollama_format.h"

#include <utility>

#include "api/errors.h"
#include "api/to_backend.h"
#include "catalog/name.h"
#include "wire/go_time.h"

namespace samovar::api {
namespace {

template <typename Request>
Result<OllamaRun> make_checked_run(Request request, const RunKind& kind) {
  const auto top_logprobs = check_top_logprobs(request.top_logprobs);
  if (!top_logprobs) return top_logprobs.error();
  if (!catalog::parse_name(request.model)) return Error{Code::kInvalidArgument, "invalid model name"};
  auto format = wire::check_format(request.format);
  if (!format && !kind.loads_only) return format.error();
  OllamaRun run;
  run.demands = kind.demands;
  run.setup = {.model = request.model,
               .encode = kind.encode,
               .is_unload = kind.loads_only && request.keep_alive_ns == 0};
  run.asked = request.stream ? AnswerFormat::Asked::kStream : AnswerFormat::Asked::kWhole;
  run.request = to_request(std::move(request));
  run.request.top_logprobs = *top_logprobs;
  if (format) run.request.format_json = *std::move(format);
  return run;
}

}  // namespace

std::string OllamaFormat::encode(wire::Chunk chunk) const {
  chunk.model = setup_.model;
  chunk.created_at = wire::format_time(context_->now_ns());
  return setup_.encode(chunk);
}

void OllamaFormat::add_summary(wire::Chunk& chunk, const backend::Summary& summary) const {
  const bool only_loaded = summary.done_reason == "load" || summary.done_reason == "unload";
  chunk.done = true;
  chunk.done_reason = only_loaded && setup_.is_unload ? "unload" : summary.done_reason;
  chunk.context = summary.context;
  if (!only_loaded) chunk.metrics = to_metrics(summary);
}

std::string OllamaFormat::write_piece(const backend::Piece& piece) { return encode(to_chunk(piece)) + "\n"; }

std::string OllamaFormat::write_end(const backend::Summary& summary) {
  wire::Chunk chunk;
  add_summary(chunk, summary);
  return encode(std::move(chunk)) + "\n";
}

std::string OllamaFormat::write_failure(const Error& error) {
  return wire::encode_error(error.message) + "\n";
}

http::Response OllamaFormat::make_whole(const backend::Piece& all, const backend::Summary& summary) {
  wire::Chunk chunk = to_chunk(all);
  add_summary(chunk, summary);
  return make_ollama_json(encode(std::move(chunk)));
}

http::Response OllamaFormat::make_failure(const Error& error, Asked asked) {
  const bool about_model = error.code == Code::kNotFound || error.code == Code::kUnsupported;
  const Origin origin = asked == Asked::kStream && !about_model ? Origin::kRun : Origin::kRequest;
  return make_ollama_error(name_missing_model(error, setup_.model), origin);
}

Result<OllamaRun> make_run(wire::ChatRequest request, const RunKind& kind) {
  return make_checked_run(std::move(request), kind);
}

Result<OllamaRun> make_run(wire::GenerateRequest request, const RunKind& kind) {
  return make_checked_run(std::move(request), kind);
}

ModelDemands read_demands(const wire::GenerationRequest& request) {
  ModelDemands demands;
  demands.thinking = request.think.on.value_or(false);
  demands.option_error = request.options.error;
  return demands;
}

void run_ollama(const Context& context, OllamaRun run, std::shared_ptr<http::ResponseWriter> writer) {
  const std::string model = run.request.model;
  const ModelDemands demands = run.demands;
  const auto shared = std::make_shared<OllamaRun>(std::move(run));
  check_model(context, model, demands,
              [context, shared, writer = std::move(writer)](const Result<void>& checked) {
                if (!checked) return writer->send(make_ollama_error(checked.error(), Origin::kRequest));
                run_generation(context, std::move(shared->request),
                               {.caller = shared->caller,
                                .writer = writer,
                                .format = std::make_unique<OllamaFormat>(context, std::move(shared->setup)),
                                .asked = shared->asked});
              });
}

}  // namespace samovar::api
