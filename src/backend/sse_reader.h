// Server-sent events out of bytes that come in pieces of any size (WHATWG HTML, "Server-sent events").
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace samovar::backend {

class SseReader {
 public:
  // Gets the data of each event: its "data:" lines joined by line feeds. False: nothing more is wanted.
  using OnEvent = std::function<bool(std::string_view data)>;

  // An event may have `max_bytes`.
  explicit SseReader(size_t max_bytes) : max_bytes_(max_bytes) {}

  // False when an event is too long; what `on_event` answered only ends the reading.
  [[nodiscard]] bool read(std::string_view bytes, const OnEvent& on_event);
  // The answer has ended: an event whose empty line never came counts too.
  void end(const OnEvent& on_event);

 private:
  bool take_line(std::string_view line, const OnEvent& on_event);
  bool dispatch(const OnEvent& on_event);

  size_t max_bytes_;
  std::string line_;  // unfinished
  std::string data_;
  bool has_data_ = false;
  bool after_return_ = false;  // the last byte was a carriage return, which ends a line by itself
  bool wanted_ = true;
};

}  // namespace samovar::backend
