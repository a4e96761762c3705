// The server's view of the keys: who a secret belongs to, what it may do, how often. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "keys/key.h"
#include "keys/key_source.h"
#include "keys/turns.h"

namespace samovar::keys {

struct KeyRingOptions {
  std::shared_ptr<KeySource> source;
  bool always_required = false;     // also where there are none
  TakeTurn take_turn;               // unset: this program counts requests by itself
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
    kUnreadable,  // they are kept and cannot be read: nobody gets in
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
  kAsSetUp,  // where keys are kept, or they are always required
  kAlways
};

struct Claim {
  std::string secret;
  std::optional<Scope> scope;  // nothing: any key will do
  Asked asked = Asked::kAsSetUp;
};

class KeyRing : public std::enable_shared_from_this<KeyRing> {
 public:
  explicit KeyRing(KeyRingOptions options);

  // An allowed call uses up one request of the key's rate. Nothing: check() then, which calls back at once,
  // or later on the server's thread, and for which this object is kept.
  [[nodiscard]] std::optional<Verdict> check_now(const Claim& claim);
  void check(const Claim& claim, std::function<void(Verdict)> done);

 private:
  [[nodiscard]] Verdict judge(const Claim& claim, const KeySet& known) const;

  KeyRingOptions options_;
  Turns turns_;
};

}  // namespace samovar::keys
