// What an account may ask for: requests a minute and tokens a day, on all servers of a store. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "accounts/directory.h"
#include "accounts/shared_turns.h"

namespace samovar::accounts {

struct Refusal {
  int64_t retry_s = 0;
  std::string message;
};

class Quotas {
 public:
  explicit Quotas(AttemptsDeps deps) : wall_ms_(deps.wall_ms), turns_(std::move(deps)) {}

  // Uses up one request of the account's minute, or says when to come again: at once, or later on the
  // server's thread. The day's tokens are looked at before an answer only: the last one may go beyond.
  void take_turn(const Known& known, std::function<void(std::optional<Refusal>)> done);
  [[nodiscard]] SharedTurns& turns() { return turns_; }

 private:
  std::function<int64_t()> wall_ms_;
  SharedTurns turns_;
};

}  // namespace samovar::accounts
