// Figures of the page's service for its status page: totals, and the last five minutes second by second. No
// timer runs: seconds in which nothing happened are filled in when somebody looks. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "chat/events.h"

namespace samovar::chat {

class Meter {
 public:
  static constexpr size_t kSeconds = 300;
  // `now_ns`: a clock that never goes back.
  explicit Meter(std::function<int64_t()> now_ns) : now_ns_(std::move(now_ns)), begin_ns_(now_ns_()) {}

  enum class End { kFinished, kStopped, kFailed };
  void count_tokens(int64_t n);
  void count_run(const AnswerStats& stats, End end);
  void count_user(const std::string& owner);
  // How things stand; also kept in the series.
  void note(int64_t active, int64_t waiting, int64_t memory_bytes);

  // 0: nothing is known yet.
  [[nodiscard]] int64_t expected_wait_seconds(int64_t place) const;

  struct Second {
    int64_t number = -1;  // since the meter began; -1: never written
    int64_t tokens = 0;
    int64_t active = 0;
    int64_t waiting = 0;
    int64_t users = 0;
    int64_t memory_bytes = 0;
  };
  struct Totals {
    int64_t uptime_seconds = 0;
    int64_t finished = 0;
    int64_t stopped = 0;
    int64_t failed = 0;
    int64_t answer_tokens = 0;
    int64_t prompt_tokens = 0;
    int64_t cached_tokens = 0;
    double tokens_per_second = 0;          // of the last ten seconds
    int64_t active_users = 0;              // of the last five minutes
    std::array<Second, kSeconds> seconds;  // oldest first; the last is the one going on
  };
  [[nodiscard]] Totals read() const;

 private:
  Second& current();  // under the lock
  [[nodiscard]] int64_t second_now() const { return (now_ns_() - begin_ns_) / 1'000'000'000; }

  const std::function<int64_t()> now_ns_;
  const int64_t begin_ns_;
  mutable std::mutex mutex_;  // of all that follows
  std::array<Second, kSeconds> ring_;
  std::array<std::set<std::string>, 5> users_;  // of each of the last minutes
  std::array<int64_t, 5> user_minutes_{-1, -1, -1, -1, -1};
  Totals totals_;
  double run_seconds_ = 0;  // of an answer from its first token on, lately
  int64_t active_ = 0;
};

}  // namespace samovar::chat
