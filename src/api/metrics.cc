// GET /metrics, for Prometheus
#include "api/endpoints.h"
#include "api/errors.h"
#include "wire/metrics_text.h"

namespace samovar::api {
namespace {

using wire::MetricsText;

double as_figure(int64_t value) { return static_cast<double>(value); }

void add_histogram(MetricsText& text, const char* name, const char* help, const backend::Histogram& from) {
  const backend::Histogram::Figures figures = from.read();
  text.family(name, "histogram", help).histogram(figures.bounds, figures.at_most, figures.count, figures.sum);
}

void add_tokens(MetricsText& text, const std::map<std::string, backend::TokenFigures>& models) {
  using Figure = int64_t backend::TokenFigures::*;
  const auto add = [&](const char* name, const char* help, Figure figure) {
    text.family(name, "counter", help);
    for (const auto& [model, tokens] : models) text.sample({{"model", model}}, as_figure(tokens.*figure));
  };
  add("samovar_prompt_tokens_total", "Tokens of prompts.", &backend::TokenFigures::prompt);
  add("samovar_cached_prompt_tokens_total", "Tokens of prompts that were not computed again.",
      &backend::TokenFigures::cached);
  add("samovar_answer_tokens_total", "Tokens of answers.", &backend::TokenFigures::answer);
  add("samovar_embedded_tokens_total", "Tokens of embedded texts.", &backend::TokenFigures::embedded);
}

void add_requests(MetricsText& text, const Deps& deps) {
  text.family("samovar_http_requests_total", "counter", "Answered requests.");
  for (const auto& [key, count] : deps.counts->read()) {
    const auto& [method, endpoint, status] = key;
    text.sample({{"method", method}, {"endpoint", endpoint}, {"status", std::to_string(status)}},
                as_figure(count));
  }
}

void add_line(MetricsText& text, const backend::Gate& gate) {
  const backend::QueueState queue = gate.read_queue();
  text.family("samovar_queue_waiting", "gauge", "Requests that wait in line.")
      .sample(static_cast<double>(queue.waiting));
  text.family("samovar_queue_waiting_clients", "gauge", "Clients that wait in line.")
      .sample(static_cast<double>(queue.waiting_clients));
  text.family("samovar_queue_max_waiting", "gauge", "Requests that may wait in line.")
      .sample(static_cast<double>(queue.max_waiting));
  text.family("samovar_answers_running", "gauge", "Answers under way.")
      .sample(static_cast<double>(queue.running));
  text.family("samovar_answers_total", "counter", "Ended answers by the way they ended.");
  for (const auto& [result, count] : gate.measures().answers())
    text.sample({{"result", result}}, as_figure(count));
  const backend::Measures& measures = gate.measures();
  add_histogram(text, "samovar_queue_wait_seconds", "Time that requests waited in line.",
                measures.queue_wait_seconds);
  add_histogram(text, "samovar_first_token_seconds", "Time from a request to the first piece of its answer.",
                measures.first_token_seconds);
  add_histogram(text, "samovar_between_tokens_seconds", "Time between two pieces of an answer.",
                measures.between_tokens_seconds);
}

void add_upstreams(MetricsText& text, const std::vector<backend::UpstreamState>& upstreams) {
  text.family("samovar_upstream_up", "gauge", "Whether the upstream answers: 1, else 0.");
  for (const backend::UpstreamState& one : upstreams)
    text.sample({{"upstream", one.place}}, one.is_up ? 1 : 0);
  text.family("samovar_upstream_running", "gauge", "Requests under way at the upstream.");
  for (const backend::UpstreamState& one : upstreams)
    text.sample({{"upstream", one.place}}, as_figure(one.running));
  text.family("samovar_upstream_requests_total", "counter",
              "Ended requests: answered, failed, or moved to another upstream before their first token.");
  for (const backend::UpstreamState& one : upstreams) {
    text.sample({{"upstream", one.place}, {"result", "answered"}}, as_figure(one.answered));
    text.sample({{"upstream", one.place}, {"result", "failed"}}, as_figure(one.failed));
    text.sample({{"upstream", one.place}, {"result", "moved"}}, as_figure(one.moved));
  }
}

std::string encode_metrics(const Deps& deps, const Result<std::vector<backend::LoadedModel>>& loaded) {
  MetricsText text;
  text.family("samovar_build_info", "gauge", "The running version.").sample({{"version", deps.version}}, 1);
  add_requests(text, deps);
  add_line(text, *deps.gate);
  add_tokens(text, deps.gate->measures().tokens());
  text.family("samovar_model_memory_bytes", "gauge",
              "Memory of each loaded model: weights and conversations.");
  for (size_t i = 0; loaded && i < loaded->size(); ++i) {
    const backend::LoadedModel& model = (*loaded)[i];
    text.sample({{"model", model.summary.name}}, as_figure(model.memory_bytes));
  }
  text.family("samovar_model_context_tokens", "gauge", "Default context of each loaded model.");
  for (size_t i = 0; loaded && i < loaded->size(); ++i) {
    text.sample({{"model", (*loaded)[i].summary.name}}, as_figure((*loaded)[i].n_ctx));
  }
  if (deps.upstreams) add_upstreams(text, deps.upstreams());
  if (deps.resident_bytes) {
    text.family("process_resident_memory_bytes", "gauge", "Resident memory of the server.")
        .sample(as_figure(deps.resident_bytes()));
  }
  return text.take();
}

}  // namespace

void add_metrics(http::Router& router, const Context& context) {
  if (context->gate == nullptr || context->counts == nullptr) return;
  router.add("GET", "/metrics",
             [context](const http::Request&, std::shared_ptr<http::ResponseWriter> writer) {
               context->gate->list_loaded(
                   [context, writer](const Result<std::vector<backend::LoadedModel>>& loaded) {
                     writer->send({.status = 200,
                                   .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                                               {"Cache-Control", "no-store"}},
                                   .body = encode_metrics(*context, loaded)});
                   });
             });
}

}  // namespace samovar::api
