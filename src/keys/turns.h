// So many requests a minute: a bucket that fills up steadily to a minute's worth, from which each request
// takes one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace samovar::keys {

struct Bucket {
  int64_t left_milli = 0;  // thousandths of a request
  int64_t filled_ms = 0;   // Unix time
};

struct Turn {
  bool is_taken = true;
  int64_t left = 0;     // requests that may come at once
  int64_t retry_s = 0;  // not taken: come again then
};

// What a bucket nobody has taken from holds.
[[nodiscard]] Bucket full_bucket(int64_t per_minute, int64_t now_ms);
// Takes one, if there is one. A clock that is set back costs nobody more than what it was set back by, and at
// most a minute.
[[nodiscard]] Turn take_turn(Bucket& bucket, int64_t per_minute, int64_t now_ms);

// The buckets of one program, by name. Thread-safe.
class Turns {
 public:
  explicit Turns(std::function<int64_t()> now_ms) : now_ms_(std::move(now_ms)) {}
  [[nodiscard]] Turn take(const std::string& name, int64_t per_minute);

 private:
  std::function<int64_t()> now_ms_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // guarded by mutex_
};

// As Turns::take(), where more than one program counts: calls back at once, or later on the server's thread.
using TakeTurn =
    std::function<void(const std::string& name, int64_t per_minute, std::function<void(Turn)> done)>;

}  // namespace samovar::keys
