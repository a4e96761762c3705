// What an account may ask for: requests a minute, on this server; tokens a day, on all servers of a store.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "accounts/directory.h"

namespace samovar::accounts {

struct Refusal {
  int64_t retry_s = 0;
  std::string message;
};

class Quotas {
 public:
  explicit Quotas(std::function<int64_t()> wall_ms) : wall_ms_(std::move(wall_ms)) {}

  // Uses up one request of the account's minute, or says when to come again. The day's tokens are looked at
  // before an answer only: the last one may go beyond.
  [[nodiscard]] std::optional<Refusal> take_turn(const Known& known);

 private:
  struct Bucket {  // fills up steadily to a minute's worth
    double left = 0;
    int64_t filled_ms = 0;
  };

  std::function<int64_t()> wall_ms_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // guarded by mutex_; by the account's id
};

}  // namespace samovar::accounts
