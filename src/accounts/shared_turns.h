// Requests a minute (keys/turns.h), counted by all servers of a store together. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "accounts/attempts.h"
#include "keys/turns.h"

namespace samovar::accounts {

class SharedTurns {
 public:
  explicit SharedTurns(AttemptsDeps deps) : deps_(std::move(deps)), own_(deps_.wall_ms) {}

  // Calls back at once, or later on the server's thread. A store that does not answer leaves it to this
  // server's own count: answers go on.
  void take(const std::string& name, int64_t per_minute, std::function<void(keys::Turn)> done);

 private:
  const AttemptsDeps deps_;
  keys::Turns own_;
};

}  // namespace samovar::accounts
