// Passwords: argon2id hashes, made and checked on a thread of their own, for each takes a tenth of a second
// and 64 MB.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"

namespace samovar::accounts {

inline constexpr size_t kFewestLetters = 8;
inline constexpr size_t kMostPasswordBytes = 1024;

// Slow. "$argon2id$v=19$..."; kOutOfMemory when there is no room for it now.
[[nodiscard]] Result<std::string> hash_password(std::string_view password);
// Slow, also for an empty or malformed hash, which no password opens: so nobody learns who has an account.
[[nodiscard]] bool verify_password(const std::string& hash, std::string_view password);

// kInvalidArgument, saying what is wrong, for a password that is too short, too long, or the name itself.
[[nodiscard]] Result<void> check_new_password(std::string_view password, std::string_view name);
// kInvalidArgument for a name that is empty, too long, or has blanks at its ends or control characters.
[[nodiscard]] Result<void> check_new_name(std::string_view name);

// Thread-safe. Tasks run one after another, so that a storm of logins takes the memory of one.
class PasswordWorker {
 public:
  PasswordWorker();
  ~PasswordWorker();  // finishes what waits; may be called by a task
  PasswordWorker(const PasswordWorker&) = delete;
  PasswordWorker& operator=(const PasswordWorker&) = delete;

  // False when too many wait already: `task` is not run.
  [[nodiscard]] bool run(std::function<void()> task);

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> tasks;  // guarded by mutex
    bool ending = false;                      // guarded by mutex
  };
  static void work(State& state);

  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::thread thread_;
};

}  // namespace samovar::accounts
