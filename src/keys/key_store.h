// Where API keys are looked after: made, listed, revoked. May block: not for the server's thread. All fail as
// the place does.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "keys/key_source.h"

namespace samovar::keys {

class KeyStore {
 public:
  virtual ~KeyStore() = default;
  virtual Result<KeySet> load() = 0;
  // Lets `change` work on the keys and keeps what it did, whole or not at all; of several at once one waits
  // for the other. It may add and take away, and may be run again: it begins with what there is each time.
  // Fails as `change` does.
  virtual Result<void> update(const std::function<Result<void>(std::vector<Key>&)>& change) = 0;
  // As if there had never been any: nobody is asked for one.
  virtual Result<void> clear() = 0;
};

}  // namespace samovar::keys
