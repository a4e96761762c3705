#include "backend/sse_reader.h"

#include <utility>

namespace samovar::backend {

bool SseReader::read(std::string_view bytes, const OnEvent& on_event) {
  while (wanted_ && !bytes.empty()) {
    if (std::exchange(after_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const size_t end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (line_.size() + data_.size() > max_bytes_) return false;
    if (end == std::string_view::npos) return true;
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    wanted_ = take_line(line_, on_event);
    line_.clear();
  }
  return true;
}

void SseReader::end(const OnEvent& on_event) {
  if (!wanted_) return;
  if (!line_.empty()) take_line(std::exchange(line_, {}), on_event);
  if (wanted_) wanted_ = dispatch(on_event);
}

bool SseReader::take_line(std::string_view line, const OnEvent& on_event) {
  constexpr std::string_view kData = "data";
  if (line.empty()) return dispatch(on_event);
  if (!line.starts_with(kData)) return true;  // comments, and members that say nothing here
  line.remove_prefix(kData.size());
  if (!line.empty() && line.front() != ':') return true;
  if (!line.empty()) line.remove_prefix(1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (std::exchange(has_data_, true)) data_ += '\n';
  data_ += line;
  return true;
}

bool SseReader::dispatch(const OnEvent& on_event) {
  if (!std::exchange(has_data_, false)) return true;
  return on_event(std::exchange(data_, {}));
}

}  // namespace samovar::backend
