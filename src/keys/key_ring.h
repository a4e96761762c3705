// The server's view of the key file: who a secret belongs to, what it may do, how often. Follows changes of
// the file. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "keys/key.h"

namespace samovar::keys {

struct KeyRingOptions {
  std::filesystem::path file;       // need not exist
  bool always_required = false;     // also without a file
  std::function<int64_t()> now_ms;  // Unix time; unset: the system's clock
};

struct Verdict {
  enum class Kind {
    kAllowed,
    kMissing,  // no secret
    kUnknown,  // nobody's
    kExpired,
    kForbidden,   // its scopes are others
    kTooOften,    // come again after retry_s
    kUnreadable,  // the file is there and cannot be read: nobody gets in
  };
  Kind kind = Kind::kAllowed;
  std::string id;          // of the key; "" where none is needed
  std::string user;        // Key::user
  int64_t per_minute = 0;  // 0: no limit
  int64_t left = 0;        // requests that may come at once
  int64_t retry_s = 0;
  std::string problem;  // kUnreadable
};

enum class Asked {
  kAsSetUp,  // where there is a file of keys, or they are always required
  kAlways
};

class KeyRing {
 public:
  explicit KeyRing(KeyRingOptions options);

  // Nothing: any key will do. An allowed call uses up one request of the key's rate.
  [[nodiscard]] Verdict check(std::string_view secret, std::optional<Scope> scope,
                              Asked asked = Asked::kAsSetUp);

  [[nodiscard]] bool is_required();
  // kCorrupt, kIo when the file is there and cannot be read.
  [[nodiscard]] Result<void> state();

 private:
  struct Bucket {  // fills up steadily to a minute's worth
    double left = 0;
    int64_t filled_ms = 0;
  };
  struct Stamp {
    std::filesystem::file_time_type time;
    uintmax_t size = 0;
    bool exists = false;
    bool operator==(const Stamp&) const = default;
  };
  void follow();
  void take_turn(const Key& key, Verdict& verdict);
  [[nodiscard]] const Key* find(const std::string& hash) const;

  KeyRingOptions options_;
  std::mutex mutex_;  // of all that follows
  std::optional<Stamp> stamp_;
  Result<std::vector<Key>> keys_ = std::vector<Key>();
  std::map<std::string, Bucket> buckets_;  // by the key's id
};

}  // namespace samovar::keys
