#include "chat/log_stream.h"

#include <charconv>

#include "http/request_parts.h"

namespace samovar::chat {
namespace {

constexpr int kBeatMs = 15'000;

}  // namespace

void LogStream::start(const PostLater& post_later, const http::Headers& extra) {
  http::Headers headers = {
      {"Content-Type", form_ == Form::kLines ? "application/x-ndjson" : "text/event-stream"},
      {"Cache-Control", "no-store"},
      {"X-Accel-Buffering", "no"}};  // nginx in front would hold the words back
  headers.insert(headers.end(), extra.begin(), extra.end());
  writer_->start(200, std::move(headers));
  if (post_later) beat(post_later);
}

void LogStream::beat(const PostLater& post_later) {
  post_later(
      [weak = weak_from_this(), post_later] {
        const auto self = weak.lock();
        if (self && self->writer_->write(self->form_ == Form::kLines ? "\n" : ":\n\n"))
          self->beat(post_later);
      },
      kBeatMs);
}

void LogStream::say(std::string_view line) {
  std::string text(line);
  if (form_ == Form::kServerSent) text = "data: " + text + "\n";
  writer_->write(std::move(text));
}

bool LogStream::take(uint64_t number, std::string_view line) {
  if (form_ == Form::kLines) return writer_->write(std::string(line));
  std::string event = "id: " + std::to_string(number) + "\ndata: ";
  event += line;  // ends with its newline
  event += '\n';
  return writer_->write(std::move(event));
}

void LogStream::end() { writer_->finish(); }

LogStream::Form wanted_form(const http::Request& request) {
  const bool events = request.header("Accept").find("text/event-stream") != std::string_view::npos;
  return events ? LogStream::Form::kServerSent : LogStream::Form::kLines;
}

uint64_t wanted_after(const http::Request& request) {
  std::string text = http::query_value(request, "after").value_or("");
  if (text.empty()) text = std::string(request.header("Last-Event-ID"));
  uint64_t after = 0;
  std::from_chars(text.data(), text.data() + text.size(), after);
  return after;
}

}  // namespace samovar::chat
