// From which time on conversations are old, for a server that keeps them for some days only. A clock that
// jumps must not erase them all: it is believed only while it goes on as steadily as the machine's other
// clock.
#pragma once

#include <cstdint>
#include <optional>

namespace samovar::chat {

class Retention {
 public:
  explicit Retention(int64_t keep_days) : keep_days_(keep_days) {}  // 0: for ever

  // To be asked again and again: what was not changed since then may be erased. Nothing when it is asked for
  // the first time, within ten minutes of that, or when the wall clock has jumped since it was asked before.
  [[nodiscard]] std::optional<int64_t> erase_before(int64_t wall_ms, int64_t steady_ns);

 private:
  const int64_t keep_days_;
  bool has_begun_ = false;
  int64_t begin_wall_ms_ = 0;
  int64_t begin_steady_ms_ = 0;
};

}  // namespace samovar::chat
