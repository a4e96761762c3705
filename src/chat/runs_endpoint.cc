// POST /ui/chats/{id}/runs, GET /ui/runs, /ui/runs/{run}/events, POST /ui/runs/{run}/stop
#include "chat/answer_run.h"
#include "chat/endpoints.h"
#include "chat/identity.h"
#include "chat/records_json.h"
#include "chat/run_request.h"
#include "chat/shared_run.h"
#include "http/request_parts.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

constexpr auto kEvents = "/ui/runs/{run}/events";
constexpr auto kStopRun = "/ui/runs/{run}/stop";

void follow(const Context& context, const std::shared_ptr<EventLog>& log, uint64_t after,
            LogStream::Form form, const std::shared_ptr<http::ResponseWriter>& writer) {
  if (after > log->last()) {
    return send_error(*writer, {Code::kInvalidArgument,
                                "after: the run has only " + std::to_string(log->last()) + " events"});
  }
  const auto stream = std::make_shared<LogStream>(writer, form);
  stream->start(context->deps.post_later);
  const std::weak_ptr<EventLog> weak_log = log;
  writer->on_disconnect([weak_log, reader = stream.get()] {
    if (const auto kept = weak_log.lock()) kept->leave(reader);
  });
  static_cast<void>(log->join(after, stream));
}

struct Reply {
  std::shared_ptr<http::ResponseWriter> writer;
  LogStream::Form form = LogStream::Form::kLines;
  bool detached = false;
  std::string traceparent;
};

void reply_begun(const Context& context, const AnswerRun& run, const Reply& reply) {
  if (!reply.detached) return follow(context, run.log(), 0, reply.form, reply.writer);
  std::string json;
  wire::ObjectWriter(json)
      .add("run", std::string_view(run.id()))
      .add("question", std::string_view(run.question_id()))
      .add("answer", std::string_view(run.answer_id()))
      .close();
  reply.writer->send({.status = 202,
                      .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                      .body = json});
}

std::string trace_of(const http::Request& request) {
  return request.trace.trace_id.empty() ? "" : request.trace.header();
}

void start_run(const Context& context, BegunRun begun, const Reply& reply) {
  begun.traceparent = reply.traceparent;
  const history::Chat chat = begun.chat;
  const std::optional<history::Message> question = begun.question;
  const history::Message answer = begun.answer;
  auto run =
      std::make_shared<AnswerRun>(context, "r-" + make_random_id(8) + "." + begun.chat.id, std::move(begun));
  context->registry.add(run);
  context->note_load();
  context->tell_chat(chat);
  if (question) context->tell_message(chat, *question);
  context->tell_message(chat, answer);
  // The page first, so that it sees every word as it comes.
  run->open();
  reply_begun(context, *run, reply);
  run->start();
}

void begin(const Context& context, BeginRun wish, const Reply& reply) {
  // Before anything is written: whoever asks may do better at another server.
  if (context->deps.is_full && context->deps.is_full(context->n_beginning))
    return send_error(*reply.writer, {Code::kBusy, "the line is full: too many wait for an answer already"});
  const RunRegistry::ChatName name{wish.owner, wish.chat_id};
  // The same request once more, after a connection was lost: the answer that it began is followed.
  if (const auto log = context->registry.log_of_question(name, wish.message_id);
      log && wish.kind == BeginRun::Kind::kMessage) {
    return follow(context, log, 0, reply.form, reply.writer);
  }
  context->titles.make_way();
  if (!context->registry.claim(name, wish.beside)) {
    return send_error(*reply.writer, {Code::kConflict, "an answer is still being written in this chat"});
  }
  ++context->n_beginning;
  context->archive_of(wish.chat_id)
      .write<BegunRun>([wish = std::move(wish)](history::Store& store) { return begin_run(store, wish); },
                       [context, reply, name](Result<BegunRun> begun) {
                         if (begun) {
                           start_run(context, *std::move(begun), reply);
                         } else {
                           context->registry.give_up(name);
                           send_error(*reply.writer, begun.error());
                         }
                         --context->n_beginning;
                       });
}

// An upstream that was not there at the start may be now; if it is not, that is what is wrong.
void begin_with_any_model(const Context& context, BeginRun wish, const Reply& reply) {
  context->deps.backend->list(
      [context, wish = std::move(wish), reply](const Result<std::vector<backend::ModelSummary>>& models) {
        if (!models) return send_error(*reply.writer, models.error());
        BeginRun with_model = wish;
        with_model.fallback_model = first_chat_model(*models);
        begin(context, std::move(with_model), reply);
      });
}

void post_run(Call call) {
  const Context context = call.context;
  Result<BeginRun> wish = parse_begin_run(call.request.body, context->deps.limits);
  if (!wish) return send_error(*call.writer, wish.error());
  if (!wish->settings_patch.empty() && !context->deps.setup.features.settings) {
    return send_error(*call.writer, {Code::kUnsupported, "settings: they are fixed on this server"});
  }
  wish->owner = call.owner;
  wish->user = call.request.user;
  wish->chat_id = call.chat;
  wish->now_ms = context->wall_ms();
  wish->fallback_model = context->deps.default_model;
  if (const Profile* profile = context->deps.setup.find_profile(wish->profile);
      profile != nullptr && !profile->model.empty()) {
    wish->fallback_model = profile->model;
  }
  if (wish->message_id.empty()) wish->message_id = "m-" + make_random_id(8);
  if (wish->answer_id.empty()) wish->answer_id = "m-" + make_random_id(8);
  const Reply reply{call.writer, wanted_form(call.request),
                    http::query_value(call.request, "detach").value_or("") == "1", trace_of(call.request)};
  const bool knows_model = !wish->model.empty() || !wish->fallback_model.empty();
  if (knows_model || !context->deps.upstreams) return begin(context, *std::move(wish), reply);
  begin_with_any_model(context, *std::move(wish), reply);
}

void list_runs(const Call& call) {
  std::string list;
  for (const auto& run : call.context->registry.active(call.owner, "")) {
    std::string json;
    wire::ObjectWriter(json)
        .add("run", std::string_view(run->id()))
        .add("chat", std::string_view(run->chat().id))
        .add("answer", std::string_view(run->answer_id()))
        .add("model", std::string_view(run->chat().model))
        .add("events", static_cast<int64_t>(run->log()->last()))
        .add("place", run->place())
        .close();
    list += (list.empty() ? "" : ",") + json;
  }
  send_json(*call.writer, "{\"runs\":[" + list + "]}");
}

void read_events(const Call& call) {
  const std::string id = http::Router::part(kEvents, call.request.path, "run");
  auto log = call.context->registry.find_log(call.owner, id);
  // Its lines are made anew each time, so that a place in them means nothing.
  if (const auto shared = parse_shared_run(id); !log && shared && wanted_after(call.request) == 0)
    log = follow_shared_run(call.context, call.owner, *shared);
  if (!log)
    return send_error(*call.writer,
                      {Code::kNotFound, "run '" + id + "' not found: its answer is in the chat"});
  follow(call.context, log, wanted_after(call.request), wanted_form(call.request), call.writer);
}

void stop_run(const Call& call) {
  const std::string id = http::Router::part(kStopRun, call.request.path, "run");
  if (const auto run = call.context->registry.find_active(call.owner, id)) {
    run->stop();
  } else if (const auto shared = parse_shared_run(id)) {
    stop_shared_run(call.context, call.owner, *shared);
  }
  send_nothing(*call.writer);
}

// What a page has not seen of the conversations of its owner, then what comes.
void follow_feed(const Call& call) {
  const auto log = call.context->feeds.open(call.owner);
  const std::string& boot = call.context->feeds.boot();
  const bool resumes =
      http::query_value(call.request, "after").has_value() || !call.request.header("Last-Event-ID").empty();
  const uint64_t last = log->last();
  const uint64_t after = resumes ? wanted_after(call.request) : last;
  const auto stream = std::make_shared<LogStream>(call.writer, wanted_form(call.request));
  stream->start(call.context->deps.post_later);
  const auto leave = [weak = std::weak_ptr<EventLog>(log), reader = stream.get()] {
    if (const auto kept = weak.lock()) kept->leave(reader);
  };
  call.writer->on_disconnect(leave);
  stream->say("{\"type\":\"feed\",\"n\":" + std::to_string(last) + ",\"boot\":" + wire::to_json_string(boot) +
              "}\n");
  const bool same_boot = http::query_value(call.request, "boot").value_or(boot) == boot;
  if (same_boot && log->join(after, stream)) return;
  stream->say("{\"type\":\"reset\"}\n");
  static_cast<void>(log->join(last, stream));
}

}  // namespace

void add_runs(http::Router& router, const Context& context) {
  add_route(router, context, "POST", "/ui/chats/{id}/runs", Body::kJson, post_run);
  add_route(router, context, "GET", "/ui/runs", Body::kNone, list_runs);
  add_route(router, context, "GET", kEvents, Body::kNone, read_events);
  add_route(router, context, "POST", kStopRun, Body::kNone, stop_run);
}

void add_feed(http::Router& router, const Context& context) {
  add_route(router, context, "GET", "/ui/feed", Body::kNone, follow_feed);
}

}  // namespace samovar::chat
