#include "api/answer.h"

#include <iterator>
#include <utility>

#include "api/queue_notes.h"

namespace samovar::api {
namespace {

using Asked = AnswerFormat::Asked;

bool is_empty(const backend::Piece& piece) {
  return piece.content.empty() && piece.thinking.empty() && piece.tool_calls.empty() &&
         piece.logprobs.empty();
}

template <typename T>
void move_to_end(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

class Answer final : public backend::Listener {
 public:
  explicit Answer(AnswerTo to) : to_(std::move(to)) {}

  void on_queued(int64_t place) override { notes_.note_place(place); }
  void on_started() override { notes_.note_start(); }

  void on_piece(backend::Piece piece) override {
    if (is_empty(piece)) return;
    if (to_.asked == Asked::kStream) {
      begin_stream();
      to_.writer->write(to_.format->write_piece(piece));
      return;
    }
    all_.content += piece.content;
    all_.thinking += piece.thinking;
    move_to_end(all_.tool_calls, piece.tool_calls);
    move_to_end(all_.logprobs, piece.logprobs);
  }

  void on_done(backend::Summary summary) override {
    const bool only_loaded = summary.done_reason == "load" || summary.done_reason == "unload";
    if (to_.asked == Asked::kWhole || (only_loaded && !streaming_)) {
      send(to_.format->make_whole(all_, summary));
      return;
    }
    begin_stream();
    to_.writer->write(to_.format->write_end(summary));
    to_.writer->finish();
  }

  void on_failed(Error error) override {
    if (!streaming_) {
      send(to_.format->make_failure(error, to_.asked));
      return;
    }
    to_.writer->write(to_.format->write_failure(error));
    to_.writer->finish();
  }

 private:
  // Not before the first piece: a run that fails at once still gets its own status.
  void begin_stream() {
    if (std::exchange(streaming_, true)) return;
    http::Headers headers = {{"Content-Type", to_.format->stream_type()}};
    notes_.add_headers(to_.caller.id, headers);
    to_.writer->start(200, std::move(headers));
  }

  void send(http::Response response) {
    notes_.add_headers(to_.caller.id, response.headers);
    to_.writer->send(std::move(response));
  }

  AnswerTo to_;
  backend::Piece all_;
  bool streaming_ = false;
  QueueNotes notes_;
};

}  // namespace

void run_generation(const Context& context, backend::Request request, AnswerTo to) {
  const auto writer = to.writer;
  to.caller.stamp(request);
  const auto run = context->backend->generate(std::move(request), std::make_shared<Answer>(std::move(to)));
  if (run) writer->on_disconnect([run] { run->cancel(); });
}

}  // namespace samovar::api
