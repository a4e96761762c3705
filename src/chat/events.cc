#include "chat/events.h"

#include <algorithm>
#include <cmath>

#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

using wire::ObjectWriter;

// Milliseconds are enough, and shorter.
double rounded(double value) { return std::round(value * 1000.0) / 1000.0; }

template <typename AddMembers>
std::string make_line(std::string_view type, AddMembers add_members) {
  std::string line;
  ObjectWriter writer(line);
  writer.add("type", type);
  add_members(writer);
  writer.close();
  return line + '\n';
}

void add_figures(ObjectWriter& writer, const AnswerStats& stats) {
  writer.add("seconds", rounded(stats.seconds));
  writer.add("first_token_seconds", rounded(stats.first_token_seconds));
  writer.add("characters", stats.characters);
  writer.add("tokens", stats.tokens);
  writer.add("tokens_per_second", rounded(stats.tokens_per_second));
}

void add_prompt_figures(ObjectWriter& writer, const AnswerStats& stats) {
  writer.add("thinking_seconds", rounded(stats.thinking_seconds));
  writer.add("prompt_tokens", stats.prompt_tokens);
  writer.add("cached_tokens", stats.cached_tokens);
  writer.add("context_tokens", stats.context_tokens);
  writer.add("context_length", stats.context_length);
  writer.add_unless_zero("unseen", stats.unseen).add_unless_empty("first_seen", stats.first_seen);
}

}  // namespace

std::string encode_run_started(std::string_view run, std::string_view model) {
  return make_line("run-started", [&](ObjectWriter& writer) { writer.add("run", run).add("model", model); });
}

std::string encode_queue_place(int64_t place) {
  return make_line("queue-place", [&](ObjectWriter& writer) { writer.add("place", place); });
}

std::string encode_model_loading() {
  return make_line("model-loading", [](ObjectWriter&) {});
}

std::string encode_text_start() {
  return make_line("text-start", [](ObjectWriter&) {});
}

std::string encode_text(std::string_view text) {
  std::string line = "{\"t\":";
  wire::append_json_string(line, text);
  return line + "}\n";
}

std::string encode_stats_final(const AnswerStats& stats) {
  return make_line("stats-final", [&](ObjectWriter& writer) {
    add_figures(writer, stats);
    writer.add("prompt_tokens", stats.prompt_tokens);
    writer.add("cached_tokens", stats.cached_tokens);
    writer.add("context_tokens", stats.context_tokens);
    writer.add("context_length", stats.context_length);
    writer.add("reason", std::string_view(stats.reason));
  });
}

std::string encode_run_stopped(const AnswerStats& stats) {
  return make_line("run-stopped", [&](ObjectWriter& writer) { add_figures(writer, stats); });
}

std::string encode_run_failed(const Error& error) {
  return make_line("run-failed", [&](ObjectWriter& writer) {
    writer.add("code", to_string(error.code)).add("message", std::string_view(error.message));
  });
}

std::string encode_run_began(const RunBegan& run) {
  return make_line("run-started", [&](ObjectWriter& writer) {
    writer.add("run", std::string_view(run.run))
        .add("chat", std::string_view(run.chat))
        .add("model", std::string_view(run.model))
        .add_raw("question", run.question_json)
        .add_raw("answer", run.answer_json);
  });
}

std::string encode_context(const ContextUse& use) {
  return make_line("context", [&](ObjectWriter& writer) {
    writer.add("tokens", use.tokens)
        .add("length", use.length)
        .add("unseen", use.unseen)
        .add("first_seen", std::string_view(use.first_seen))
        .add("exact", false);
  });
}

std::string encode_queue_wait(int64_t place, int64_t wait_seconds) {
  return make_line("queue-place", [&](ObjectWriter& writer) {
    writer.add("place", place).add_unless_zero("wait_seconds", wait_seconds);
  });
}

std::string encode_thinking(std::string_view text) {
  std::string line = "{\"th\":";
  wire::append_json_string(line, text);
  return line + "}\n";
}

std::string encode_run_end(const RunEnd& end) {
  return make_line(end.type, [&](ObjectWriter& writer) {
    add_figures(writer, end.stats);
    add_prompt_figures(writer, end.stats);
    if (end.type == "stats-final") writer.add("reason", std::string_view(end.stats.reason));
    if (end.type == "run-failed") {
      writer.add("code", to_string(end.error.code)).add("message", std::string_view(end.error.message));
    }
    writer.add("saved", end.save_error.empty()).add_unless_empty("save_error", end.save_error);
  });
}

std::string encode_stats(const AnswerStats& stats) {
  std::string json;
  ObjectWriter writer(json);
  add_figures(writer, stats);
  add_prompt_figures(writer, stats);
  writer.close();
  return json;
}

std::string encode_error(const Error& error) {
  std::string inner;
  ObjectWriter(inner)
      .add("code", to_string(error.code))
      .add("message", std::string_view(error.message))
      .close();
  std::string body;
  ObjectWriter(body).add_raw("error", inner).close();
  return body;
}

}  // namespace samovar::chat
