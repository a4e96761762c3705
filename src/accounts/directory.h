// What the server knows of the accounts that ask: read from the store when needed and kept for some seconds,
// so that what another server, or the command line, changes holds here soon. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "history/archive.h"

namespace samovar::accounts {

// Who is asked about: an account by its id or by the name that another system has for it, and a session.
struct Inquiry {
  std::string user;
  std::string external;
  std::string session;  // "": none

  [[nodiscard]] std::string key() const { return user + "\n" + external + "\n" + session; }
};

struct Known {
  std::optional<history::User> user;
  int64_t tokens_today = 0;
  bool session_ended = false;
};

class Directory {
 public:
  // `wall_ms`: milliseconds since 1970. The archive outlives this.
  Directory(history::Archive& archive, std::function<int64_t()> wall_ms);

  // Not older than a few seconds; nothing: ask() then.
  [[nodiscard]] std::optional<Known> peek(const Inquiry& inquiry);
  // Calls back on a thread of the archive's. While the store cannot be read, what was known in the last
  // minutes holds; else it fails as the store does.
  void ask(const Inquiry& inquiry, std::function<void(Result<Known>)> done);
  // The next question about that account is put to the store.
  void forget(const std::string& user);

  // Days since 1970, as usage is counted.
  [[nodiscard]] static int64_t day_of(int64_t ms);

 private:
  struct Entry {
    Known known;
    int64_t read_ms = 0;
    bool forgotten = false;
  };
  // Shared with questions under way, which may outlive this.
  struct Kept {
    std::mutex mutex;
    std::unordered_map<std::string, Entry> entries;  // guarded by mutex; by Inquiry::key()
    int64_t n_forgotten = 0;                         // guarded by mutex; answers from before are not kept
  };

  history::Archive& archive_;
  std::function<int64_t()> wall_ms_;
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

}  // namespace samovar::accounts
