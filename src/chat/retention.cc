#include "chat/retention.h"

#include <cstdlib>

namespace samovar::chat {
namespace {

constexpr int64_t kRetentionDayMs = 86'400'000;
constexpr int64_t kTrustAfterMs = 590'000;
constexpr int64_t kJumpMs = 300'000;  // more than clocks are slewed by in the time between two calls

}  // namespace

std::optional<int64_t> Retention::erase_before(int64_t wall_ms, int64_t steady_ns) {
  if (keep_days_ <= 0) return std::nullopt;
  const int64_t steady_ms = steady_ns / 1'000'000;
  const int64_t apart = (wall_ms - begin_wall_ms_) - (steady_ms - begin_steady_ms_);
  const bool jumped = std::abs(apart) > kJumpMs;
  if (!has_begun_ || jumped) {
    has_begun_ = true;
    begin_wall_ms_ = wall_ms;
    begin_steady_ms_ = steady_ms;
  }
  if (steady_ms - begin_steady_ms_ < kTrustAfterMs) return std::nullopt;
  return wall_ms - keep_days_ * kRetentionDayMs;
}

}  // namespace samovar::chat
