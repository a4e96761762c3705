// Asks a long operation to end: set from any thread, seen by the one that works.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/error.h"

namespace samovar::registry {

class Stop {
 public:
  void request() {
    {
      const std::lock_guard lock(mutex_);
      requested_ = true;
    }
    changed_.notify_all();
  }
  [[nodiscard]] bool requested() const { return requested_; }

  // Returns early when stopped.
  void sleep(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return requested_.load(); });
  }

  [[nodiscard]] static Error error() { return {Code::kCancelled, "cancelled"}; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> requested_{false};
};

}  // namespace samovar::registry
