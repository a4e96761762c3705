// Slows guessing down: after some failures in a row the next try has to wait, each time twice as long. Counts
// by account and by address at once. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace samovar::accounts {

struct Patience {
  int64_t free = 0;  // failures before the first wait
  int64_t longest_s = 0;
  int64_t forget_after_s = 0;
};

struct ThrottleOptions {
  int free_by_account = 5;            // failures before the first wait
  int free_by_address = 20;           // many people may share one
  int64_t longest_by_account_s = 60;  // a stranger must not lock somebody out for long
  int64_t longest_by_address_s = 900;
  int64_t forget_after_s = 3600;    // without a failure
  std::function<int64_t()> now_ms;  // unset: the steady clock

  [[nodiscard]] Patience by_account() const;
  [[nodiscard]] Patience by_address() const;
};

struct Failures {
  int64_t count = 0;
  int64_t last_ms = 0;
  int64_t until_ms = 0;  // no try before
};

// Seconds to wait; 0: none.
[[nodiscard]] int64_t wait_of(const Failures& failures, int64_t now_ms);
void count_failure(Failures& failures, const Patience& patience, int64_t now_ms);
// One was none. False: nothing is left of them.
bool take_back(Failures& failures);

class Throttle {
 public:
  explicit Throttle(ThrottleOptions options = {});

  // Begins a try: 0 when it may go on, which counts as a failure until succeeded() says otherwise, so that
  // tries at the same time count as well. Else the seconds to wait; nothing is counted then.
  [[nodiscard]] int64_t begin(std::string_view account, std::string_view address);
  // Forgets the account's failures, and takes back the address's one of this try.
  void succeeded(std::string_view account, std::string_view address);

 private:
  using Counts = std::map<std::string, Failures>;
  void prune(Counts& counts, int64_t now) const;

  ThrottleOptions options_;
  std::mutex mutex_;
  Counts accounts_;   // guarded by mutex_
  Counts addresses_;  // guarded by mutex_
};

// What counts as one address: of IPv6 the first 64 bits, for every household has all of the rest.
[[nodiscard]] std::string throttled_address(std::string_view address);

}  // namespace samovar::accounts
