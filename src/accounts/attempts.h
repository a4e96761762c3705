// Attempts to log in: slowed down by account and by address (throttle.h), on all servers of a store together.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "accounts/live_streams.h"
#include "accounts/throttle.h"
#include "history/archive.h"

namespace samovar::accounts {

struct AttemptsDeps {
  history::Archive* archive = nullptr;  // outlives this
  PostLater post_later;
  std::function<int64_t()> wall_ms;  // milliseconds since 1970
  // Whether other servers count as well; else this one's memory will do.
  bool is_shared = false;
};

class Attempts {
 public:
  explicit Attempts(AttemptsDeps deps) : deps_(std::move(deps)) {}

  // As Throttle::begin(); calls back at once, or later on the server's thread. A store that does not answer
  // leaves it to this server's own count.
  void begin(const std::string& account, const std::string& address,
             std::function<void(int64_t wait_s)> done);
  void succeeded(const std::string& account, const std::string& address);

 private:
  const AttemptsDeps deps_;
  Throttle own_;
};

}  // namespace samovar::accounts
