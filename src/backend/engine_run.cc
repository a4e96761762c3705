#include "backend/engine_run.h"

namespace samovar::backend {
namespace {

TokenLogprob to_logprob(const engine::TokenText& token) {
  TokenLogprob out{token.text, token.logprob, {}};
  for (const engine::TokenText& top : token.top) out.top.push_back(to_logprob(top));
  return out;
}

}  // namespace

void EngineRun::cancel() {
  cancelled_.store(true);
  const std::lock_guard lock(mutex_);
  if (generation_) generation_->cancel();
}

void EngineRun::configure(const Settings& settings) {
  settings_ = settings;
  if (settings.splits_thinking) splitter_.emplace(settings.thinking_open);
  if (!settings.tool_names.empty()) tools_.emplace(settings.tool_tag, settings.tool_names);
}

void EngineRun::attach(std::shared_ptr<engine::Generation> generation) {
  const std::lock_guard lock(mutex_);
  generation_ = std::move(generation);
  if (cancelled_.load()) generation_->cancel();
}

int64_t EngineRun::elapsed_ns() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - started_)
      .count();
}

void EngineRun::finish(std::string done_reason, int64_t load_ns) {
  Summary summary;
  summary.done_reason = std::move(done_reason);
  summary.load_ns = load_ns;
  summary.total_ns = elapsed_ns();
  listener_->on_done(std::move(summary));
}

void EngineRun::on_text(std::string text, std::vector<engine::TokenText> logprobs) {
  Piece piece;
  if (splitter_) {
    SplitText split = splitter_->push(text);
    piece.thinking = std::move(split.thinking);
    add_content(piece, std::move(split.content));
  } else {
    add_content(piece, std::move(text));
  }
  for (const engine::TokenText& token : logprobs) piece.logprobs.push_back(to_logprob(token));
  if (piece.content.empty() && piece.thinking.empty() && piece.logprobs.empty() && piece.tool_calls.empty()) {
    return;
  }
  listener_->on_piece(std::move(piece));
}

void EngineRun::add_content(Piece& piece, std::string content) {
  if (!tools_) {
    piece.content += content;
    return;
  }
  ToolText found = tools_->push(content);
  piece.content += found.content;
  piece.tool_calls.insert(piece.tool_calls.end(), found.calls.begin(), found.calls.end());
}

void EngineRun::on_done(engine::GenerationStats stats) {
  Piece rest;
  if (splitter_) {
    SplitText split = splitter_->finish();
    rest.thinking = std::move(split.thinking);
    add_content(rest, std::move(split.content));
  }
  if (tools_) rest.content += tools_->finish().content;
  if (!rest.thinking.empty() || !rest.content.empty() || !rest.tool_calls.empty()) {
    listener_->on_piece(std::move(rest));
  }
  Summary summary;
  summary.done_reason = stats.reason == engine::StopReason::kLength ? "length" : "stop";
  summary.total_ns = elapsed_ns();
  summary.load_ns = settings_.load_ns;
  summary.prompt_tokens = stats.prompt_tokens;
  summary.cached_tokens = stats.cached_tokens;
  summary.prompt_ns = stats.prompt_ns;
  summary.answer_tokens = stats.answer_tokens;
  summary.answer_ns = stats.answer_ns;
  summary.n_ctx = settings_.n_ctx;
  summary.dropped_messages = settings_.dropped_messages;
  summary.dropped_tokens = settings_.dropped_tokens + stats.dropped_tokens;
  if (settings_.wants_context) summary.context.assign(stats.tokens.begin(), stats.tokens.end());
  listener_->on_done(std::move(summary));
}

}  // namespace samovar::backend
