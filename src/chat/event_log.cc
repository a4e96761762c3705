#include "chat/event_log.h"

#include <algorithm>
#include <utility>

namespace samovar::chat {

uint64_t EventLog::append(std::string line) {
  const std::lock_guard lock(mutex_);
  if (closed_) return n_dropped_ + lines_.size();
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  const uint64_t number = n_dropped_ + lines_.size();
  std::erase_if(readers_, [&](const auto& reader) { return !reader->take(number, lines_.back()); });
  while (lines_.size() > bounds_.lines || bytes_ > bounds_.bytes) {
    bytes_ -= lines_.front().size();
    lines_.pop_front();
    ++n_dropped_;
  }
  return number;
}

void EventLog::close() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return;
  for (const auto& reader : readers_) reader->end();
  readers_.clear();
}

bool EventLog::join(uint64_t after, std::shared_ptr<LogReader> reader) {
  const std::lock_guard lock(mutex_);
  if (after < n_dropped_ || after > n_dropped_ + lines_.size()) return false;
  for (uint64_t number = after + 1; number <= n_dropped_ + lines_.size(); ++number) {
    if (!reader->take(number, lines_[static_cast<size_t>(number - n_dropped_ - 1)])) return true;
  }
  if (closed_) {
    reader->end();
  } else {
    readers_.push_back(std::move(reader));
  }
  return true;
}

void EventLog::leave(const LogReader* reader) {
  const std::lock_guard lock(mutex_);
  std::erase_if(readers_, [&](const auto& one) { return one.get() == reader; });
}

uint64_t EventLog::last() const {
  const std::lock_guard lock(mutex_);
  return n_dropped_ + lines_.size();
}

size_t EventLog::n_bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

size_t EventLog::n_readers() const {
  const std::lock_guard lock(mutex_);
  return readers_.size();
}

}  // namespace samovar::chat
