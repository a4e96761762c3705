#include "api/choices.h"

#include <iterator>
#include <mutex>
#include <utility>

#include "api/queue_notes.h"
#include "api/to_backend.h"

namespace samovar::api {
namespace {

using Asked = AnswerFormat::Asked;

bool says_nothing(const backend::Piece& piece) {
  return piece.content.empty() && piece.thinking.empty() && piece.tool_calls.empty() &&
         piece.logprobs.empty();
}

// Thread-safe: the choices may come from several threads.
class Choices : public std::enable_shared_from_this<Choices> {
 public:
  Choices(size_t n, ChoicesTo to) : to_(std::move(to)), choices_(n), n_left_(n) {}

  void add_run(std::shared_ptr<backend::Run> run) {
    {
      const std::lock_guard lock(mutex_);
      if (!cancelled_ && !over_) {
        runs_.push_back(std::move(run));
        return;
      }
    }
    run->cancel();
  }

  // Each run's end still comes. The runs hold this object, so it lets go of them.
  void cancel() {
    std::vector<std::shared_ptr<backend::Run>> runs;
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      runs.swap(runs_);
    }
    for (const auto& run : runs) run->cancel();
  }

  void note_place(int64_t place) {
    const std::lock_guard lock(mutex_);
    notes_.note_place(place);
  }
  void note_start() {
    const std::lock_guard lock(mutex_);
    notes_.note_start();
  }

  void take_piece(size_t index, backend::Piece piece) {
    const std::lock_guard lock(mutex_);
    if (over_ || says_nothing(piece)) return;
    if (to_.asked == Asked::kStream) {
      begin_stream();
      to_.writer->write(to_.format->write_piece(index, piece));
      return;
    }
    backend::Piece& all = choices_[index].all;
    all.content += piece.content;
    all.thinking += piece.thinking;
    std::move(piece.tool_calls.begin(), piece.tool_calls.end(), std::back_inserter(all.tool_calls));
    std::move(piece.logprobs.begin(), piece.logprobs.end(), std::back_inserter(all.logprobs));
  }

  void take_end(size_t index, backend::Summary summary) {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    // A request that only loads the model is answered whole.
    const bool only_loaded = summary.done_reason == "load" || summary.done_reason == "unload";
    const bool whole = to_.asked == Asked::kWhole || (only_loaded && !streaming_);
    choices_[index].summary = std::move(summary);
    std::string text;
    if (!whole) {
      begin_stream();
      text = to_.format->write_choice_end(index, choices_[index].summary);
    }
    if (--n_left_ > 0) {
      to_.writer->write(std::move(text));
      return;
    }
    over_ = true;
    runs_.clear();
    if (whole) return send(to_.format->make_whole(choices_));
    to_.writer->write(text + to_.format->write_end(choices_));
    to_.writer->finish();
  }

  void take_failure(const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(over_, true)) return;
      if (streaming_) {
        to_.writer->write(to_.format->write_failure(error));
        to_.writer->finish();
      } else {
        send(to_.format->make_failure(error));
      }
    }
    cancel();
  }

 private:
  void begin_stream() {
    if (std::exchange(streaming_, true)) return;
    http::Headers headers = {{"Content-Type", "text/event-stream"}};
    notes_.add_headers(to_.caller.id, headers);
    to_.writer->start(200, std::move(headers));
  }
  void send(http::Response response) {
    notes_.add_headers(to_.caller.id, response.headers);
    to_.writer->send(std::move(response));
  }

  std::mutex mutex_;  // of all that follows
  ChoicesTo to_;
  std::vector<Choice> choices_;
  std::vector<std::shared_ptr<backend::Run>> runs_;
  QueueNotes notes_;
  size_t n_left_;
  bool streaming_ = false;
  bool cancelled_ = false;
  bool over_ = false;  // nothing more is written
};

class OneChoice final : public backend::Listener {
 public:
  OneChoice(std::shared_ptr<Choices> all, size_t index) : all_(std::move(all)), index_(index) {}
  void on_queued(int64_t place) override { all_->note_place(place); }
  void on_started() override { all_->note_start(); }
  void on_piece(backend::Piece piece) override { all_->take_piece(index_, std::move(piece)); }
  void on_done(backend::Summary summary) override { all_->take_end(index_, std::move(summary)); }
  void on_failed(Error error) override { all_->take_failure(error); }

 private:
  std::shared_ptr<Choices> all_;
  size_t index_;
};

}  // namespace

void run_choices(const Context& context, std::vector<backend::Request> requests, ChoicesTo to) {
  const Caller caller = to.caller;
  const auto writer = to.writer;
  const auto all = std::make_shared<Choices>(requests.size(), std::move(to));
  for (size_t i = 0; i < requests.size(); ++i) {
    caller.stamp(requests[i]);
    if (auto run = context->backend->generate(std::move(requests[i]), std::make_shared<OneChoice>(all, i)))
      all->add_run(std::move(run));
  }
  writer->on_disconnect([weak = std::weak_ptr<Choices>(all)] {
    if (const auto alive = weak.lock()) alive->cancel();
  });
}

wire::Usage sum_usage(const std::vector<Choice>& choices, size_t n_per_prompt) {
  wire::Usage out;
  for (size_t i = 0; i < choices.size(); ++i) {
    const wire::Usage one = to_usage(choices[i].summary);
    out.completion_tokens += one.completion_tokens;
    if (i % n_per_prompt != 0) continue;
    out.prompt_tokens += one.prompt_tokens;
    out.cached_tokens += one.cached_tokens;
  }
  return out;
}

void add_repeated(std::vector<backend::Request>& requests, const backend::Request& request, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    requests.push_back(request);
    if (i > 0 && request.options.seed) requests.back().options.seed = *request.options.seed + i;
  }
}

}  // namespace samovar::api
