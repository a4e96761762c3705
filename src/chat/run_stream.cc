#include "chat/run_stream.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/utf8.h"

namespace samovar::chat {
namespace {

double to_seconds(int64_t ns) { return static_cast<double>(ns) * 1e-9; }

double rate(int64_t tokens, int64_t ns) {
  return tokens > 0 && ns > 0 ? static_cast<double>(tokens) / to_seconds(ns) : 0.0;
}

}  // namespace

RunStream::RunStream(Context context, Target target, std::shared_ptr<http::ResponseWriter> writer)
    : context_(std::move(context)),
      target_(std::move(target)),
      writer_(std::move(writer)),
      begin_ns_(now_ns()) {}

int64_t RunStream::now_ns() const {
  if (context_->deps.now_ns) return context_->deps.now_ns();
  return steady_ns();
}

void RunStream::start(backend::Request request) {
  writer_->start(200, {{"Content-Type", "application/x-ndjson"}, {"Cache-Control", "no-store"}});
  const std::string number = std::to_string(context_->next_run.fetch_add(1));
  with_lock([&] { write(encode_run_started("r" + number, target_.model)); });
  const std::weak_ptr<RunStream> weak = weak_from_this();
  writer_->on_disconnect([weak] {
    if (const std::shared_ptr<RunStream> self = weak.lock()) self->cancel();
  });
  context_->runs.set_stop(target_.chat, [weak] {
    if (const std::shared_ptr<RunStream> self = weak.lock()) self->stop();
  });
  // Asked at the same time: an upstream that is slow to list must not delay the answer.
  context_->deps.backend->list_loaded([weak](Result<std::vector<backend::LoadedModel>> loaded) {
    if (const std::shared_ptr<RunStream> self = weak.lock()) self->tell_loading(loaded);
  });
  attach(context_->deps.backend->generate(std::move(request), shared_from_this()));
}

void RunStream::attach(std::shared_ptr<backend::Run> run) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    run_ = std::move(run);
    if (!cancelling_) return;
  }
  cancel();
}

void RunStream::cancel() {
  std::shared_ptr<backend::Run> run;
  {
    const std::lock_guard lock(mutex_);
    cancelling_ = true;
    run = run_;
  }
  if (run) run->cancel();
}

void RunStream::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  cancel();
}

// Runs `body` under the lock, so that lines keep the order of the events; a page that has gone away ends
// the run.
void RunStream::with_lock(const std::function<void()>& body) {
  bool left = false;
  {
    const std::lock_guard lock(mutex_);
    body();
    left = reader_gone_ && !cancelling_ && !ended_;
  }
  if (left) cancel();
}

void RunStream::write(std::string line) {
  if (!writer_->write(std::move(line))) reader_gone_ = true;
}

void RunStream::tell_loading(const Result<std::vector<backend::LoadedModel>>& loaded) {
  if (!loaded) return;  // the generation will say what is wrong
  const auto found = std::find_if(loaded->begin(), loaded->end(), [&](const backend::LoadedModel& model) {
    return is_same_model(model.summary.name, target_.model);
  });
  with_lock([&] {
    if (found != loaded->end()) context_length_ = found->n_ctx;
    if (found == loaded->end() && !text_started_ && !ended_) write(encode_model_loading());
  });
}

void RunStream::on_queued(int64_t place) {
  with_lock([&] {
    if (std::exchange(queue_place_, place) != place) write(encode_queue_place(place));
  });
}

void RunStream::start_text() {
  if (!std::exchange(text_started_, true)) write(encode_text_start());
}

void RunStream::on_started() {
  with_lock([&] { start_text(); });
}

void RunStream::on_piece(backend::Piece piece) {
  with_lock([&] {
    ++n_pieces_;
    if (piece.content.empty()) return;  // the page shows no thinking
    if (first_text_ns_ == 0) first_text_ns_ = now_ns();
    text_ += piece.content;
    start_text();
    write(encode_text(piece.content));
  });
}

AnswerStats RunStream::measure(int64_t tokens) const {
  const int64_t now = now_ns();
  AnswerStats stats;
  stats.seconds = to_seconds(now - begin_ns_);
  if (first_text_ns_ != 0) {
    stats.first_token_seconds = to_seconds(first_text_ns_ - begin_ns_);
    stats.tokens_per_second = rate(tokens, now - first_text_ns_);
  }
  stats.characters = static_cast<int64_t>(count_characters(text_));
  stats.tokens = tokens;
  stats.context_length = context_length_;
  return stats;
}

// Keeps the text and frees the conversation for the next message, before the page hears of the end.
void RunStream::end(Part part, const std::string& last_line) {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    run_.reset();
    text = text_;
  }
  context_->history.append_answer(target_.chat, target_.version, std::move(text), part == Part::kPartial);
  context_->runs.release(target_.chat);
  with_lock([&] { write(last_line); });
  writer_->finish();
}

void RunStream::on_done(backend::Summary summary) {
  AnswerStats stats;
  with_lock([&] { stats = measure(summary.answer_tokens > 0 ? summary.answer_tokens : n_pieces_); });
  if (const double exact = rate(summary.answer_tokens, summary.answer_ns); exact > 0.0) {
    stats.tokens_per_second = exact;
  }
  stats.prompt_tokens = summary.prompt_tokens;
  stats.cached_tokens = summary.cached_tokens;
  stats.context_tokens = summary.prompt_tokens + summary.answer_tokens;
  if (summary.n_ctx > 0) stats.context_length = summary.n_ctx;
  stats.reason = summary.done_reason;
  end(Part::kWhole, encode_stats_final(stats));
}

void RunStream::on_failed(Error error) {
  std::string line;
  with_lock([&] {
    const bool stopped = stopping_ && error.code == Code::kCancelled;
    line = stopped ? encode_run_stopped(measure(n_pieces_)) : encode_run_failed(error);
  });
  end(Part::kPartial, line);
}

}  // namespace samovar::chat
