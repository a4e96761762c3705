// GET /ui/status
#include "chat/answer_run.h"
#include "chat/endpoints.h"
#include "platform/machine.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

using wire::ObjectWriter;

template <typename Get>
std::string encode_series(const Meter::Totals& totals, Get get) {
  std::string out = "[";
  for (const Meter::Second& second : totals.seconds) {
    out += (out.size() > 1 ? "," : "") + (second.number < 0 ? "null" : std::to_string(get(second)));
  }
  return out + "]";
}

std::string encode_all_series(const Meter::Totals& totals, int64_t now_seconds) {
  std::string json;
  ObjectWriter(json)
      .add("end", now_seconds)
      .add("step_seconds", int64_t{1})
      .add_raw("tokens", encode_series(totals, [](const Meter::Second& s) { return s.tokens; }))
      .add_raw("active", encode_series(totals, [](const Meter::Second& s) { return s.active; }))
      .add_raw("waiting", encode_series(totals, [](const Meter::Second& s) { return s.waiting; }))
      .add_raw("users", encode_series(totals, [](const Meter::Second& s) { return s.users; }))
      .add_raw("memory_bytes", encode_series(totals, [](const Meter::Second& s) { return s.memory_bytes; }))
      .close();
  return json;
}

std::string encode_loaded(const Result<std::vector<backend::LoadedModel>>& loaded) {
  std::string out = "[";
  if (loaded) {
    for (const backend::LoadedModel& model : *loaded) {
      std::string json;
      ObjectWriter(json)
          .add("name", std::string_view(model.summary.name))
          .add("memory_bytes", model.memory_bytes)
          .add("context_length", model.n_ctx)
          .close();
      out += (out.size() > 1 ? "," : "") + json;
    }
  }
  return out + "]";
}

std::string encode_upstreams(const Deps& deps) {
  std::string out = "[";
  for (const backend::UpstreamState& upstream : deps.upstreams()) {
    std::string json;
    ObjectWriter(json)
        .add("place", std::string_view(upstream.place))
        .add("up", upstream.is_up)
        .add("problem", std::string_view(upstream.problem))
        .add("running", upstream.running)
        .add("answered", upstream.answered)
        .add("failed", upstream.failed)
        .add("moved", upstream.moved)
        .close();
    out += (out.size() > 1 ? "," : "") + json;
  }
  return out + "]";
}

std::string encode_status(Service& service, const history::Figures& figures, const std::string& models) {
  service.note_load();
  const Meter::Totals totals = service.meter.read();
  int64_t waiting = 0;
  const auto active = service.registry.active("", "");
  for (const auto& run : active) waiting += run->place() > 0 ? 1 : 0;
  std::string runs;
  ObjectWriter(runs)
      .add("active", static_cast<int64_t>(active.size()))
      .add("waiting", waiting)
      .add("finished", totals.finished)
      .add("failed", totals.failed)
      .add("stopped", totals.stopped)
      .close();
  std::string tokens;
  ObjectWriter(tokens)
      .add("answer", totals.answer_tokens)
      .add("prompt", totals.prompt_tokens)
      .add("cached", totals.cached_tokens)
      .close();
  std::string json;
  ObjectWriter writer(json);
  writer.add("uptime_seconds", totals.uptime_seconds)
      .add("memory_bytes", platform::resident_memory_bytes())
      .add_raw("runs", runs)
      .add_raw("tokens", tokens)
      .add("tokens_per_second", totals.tokens_per_second)
      .add("active_users", totals.active_users)
      .add("chats", figures.n_chats)
      .add("messages", figures.n_messages)
      .add("history_bytes", figures.bytes)
      .add_raw("models", models)
      .add_raw("series", encode_all_series(totals, service.wall_ms() / 1000));
  if (service.deps.upstreams) writer.add_raw("upstreams", encode_upstreams(service.deps));
  writer.close();
  return json;
}

void read_status(const Call& call) {
  call.context->deps.backend->list_loaded([context = call.context, writer = call.writer](
                                              const Result<std::vector<backend::LoadedModel>>& loaded) {
    context->deps.archive->read<history::Figures>(
        [](history::Store& store) { return store.measure(); },
        [context, writer, models = encode_loaded(loaded)](const Result<history::Figures>& figures) {
          if (!figures) return send_error(*writer, figures.error());
          send_json(*writer, encode_status(*context, *figures, models));
        });
  });
}

}  // namespace

void add_status(http::Router& router, const Context& context) {
  add_route(router, context, "GET", "/ui/status", Body::kNone, read_status);
}

}  // namespace samovar::chat
