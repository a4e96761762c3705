// Finds stop strings in a stream of text pieces, also across piece borders: text that may be the start of
// a stop string is held back until it is decided.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace samovar::sampling {

class StopMatcher {
 public:
  // Empty strings in `stops` are ignored.
  explicit StopMatcher(std::vector<std::string> stops);

  // Text that may be shown now. After stopped() is true it gives "" for ever.
  // The stop string itself and everything behind it is never given out.
  [[nodiscard]] std::string push(std::string_view piece);

  // The held-back text, when the generation ended for another reason.
  [[nodiscard]] std::string finish();

  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace samovar::sampling
