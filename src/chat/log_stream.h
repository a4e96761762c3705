// An event log on its way to a client: NDJSON, or server-sent events where the client asks for them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "chat/event_log.h"
#include "http/message.h"

namespace samovar::chat {

// Runs a task after so many milliseconds; may drop it when the server stops.
using PostLater = std::function<void(std::function<void()> task, int delay_ms)>;

class LogStream : public LogReader, public std::enable_shared_from_this<LogStream> {
 public:
  enum class Form { kLines, kServerSent };

  LogStream(std::shared_ptr<http::ResponseWriter> writer, Form form)
      : writer_(std::move(writer)), form_(form) {}

  // Begins the answer; `extra` headers may be added. Keeps the connection alive with empty lines.
  void start(const PostLater& post_later, const http::Headers& extra = {});
  // A line that has no number.
  void say(std::string_view line);

  bool take(uint64_t number, std::string_view line) override;
  void end() override;

 private:
  void beat(const PostLater& post_later);

  const std::shared_ptr<http::ResponseWriter> writer_;
  const Form form_;
};

[[nodiscard]] LogStream::Form wanted_form(const http::Request& request);

// ?after=N, else Last-Event-ID, else 0.
[[nodiscard]] uint64_t wanted_after(const http::Request& request);

}  // namespace samovar::chat
