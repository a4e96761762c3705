// Numbered lines (the first is 1) that any number of readers can follow: who joins late or comes back gets
// what it has not seen, then what comes. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace samovar::chat {

// One client that reads a log. Its calls come one after another.
class LogReader {
 public:
  virtual ~LogReader() = default;
  virtual bool take(uint64_t number, std::string_view line) = 0;  // false: gone
  virtual void end() = 0;
};

struct LogBounds {
  size_t lines = SIZE_MAX;
  size_t bytes = SIZE_MAX;
};

class EventLog {
 public:
  EventLog() = default;  // keeps all
  // Keeps the newest lines within both bounds.
  explicit EventLog(const LogBounds& bounds) : bounds_(bounds) {}

  uint64_t append(std::string line);
  // Nothing more comes; the readers are told.
  void close();

  // False, and nothing happens, when lines behind `after` are gone already or `after` is still to come.
  [[nodiscard]] bool join(uint64_t after, std::shared_ptr<LogReader> reader);
  void leave(const LogReader* reader);

  [[nodiscard]] uint64_t last() const;
  [[nodiscard]] size_t n_bytes() const;
  [[nodiscard]] size_t n_readers() const;

 private:
  const LogBounds bounds_{};
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;                    // guarded by mutex_
  uint64_t n_dropped_ = 0;                           // guarded by mutex_; lines before lines_.front()
  size_t bytes_ = 0;                                 // guarded by mutex_
  bool closed_ = false;                              // guarded by mutex_
  std::vector<std::shared_ptr<LogReader>> readers_;  // guarded by mutex_
};

}  // namespace samovar::chat
