// Where a server's keys are: a file (key_file.h), or the database that several servers share. That there is a
// list of keys at all is what makes the server ask for them, so that revoking the last one opens nothing.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "keys/key.h"

namespace samovar::keys {

struct KeySet {
  bool is_kept = false;  // there is, or was, a key
  Result<std::vector<Key>> keys = std::vector<Key>();
};

using Keys = std::shared_ptr<const KeySet>;

// Thread-safe.
class KeySource {
 public:
  virtual ~KeySource() = default;
  // Keys that are at most some seconds old; null: ask() then.
  [[nodiscard]] virtual Keys peek() = 0;
  // Calls back at once, or later on the server's thread; never with null.
  virtual void ask(std::function<void(Keys)> done) = 0;
};

}  // namespace samovar::keys
