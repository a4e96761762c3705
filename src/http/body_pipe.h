// A request's body on its way from the connection to the one who stores it, at the pace of the slower one:
// a bounded queue between the server's thread and any other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "base/result.h"

namespace samovar::http {

class BodyPipe {
 public:
  // `wake` is called, from any thread, when there is room again or the reader wants no more.
  explicit BodyPipe(std::function<void()> wake = {}) : wake_(std::move(wake)) {}

  // The reader's side. Blocks until something came; "" is the end. kCancelled: the client went away.
  [[nodiscard]] Result<std::string> read();
  // Nothing more is wanted; what comes is dropped.
  void close();

  // The connection's side; never blocks.
  void push(std::string bytes);
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] bool is_closed() const;
  void finish();  // the body came whole
  void fail();    // it never will

 private:
  const std::function<void()> wake_;
  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::deque<std::string> pieces_;
  size_t queued_bytes_ = 0;
  bool finished_ = false;
  bool failed_ = false;
  bool closed_ = false;
};

}  // namespace samovar::http
