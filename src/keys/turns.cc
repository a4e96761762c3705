#include "keys/turns.h"

#include <algorithm>

namespace samovar::keys {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kOne = 1'000;  // request, in thousandths

}  // namespace

Bucket full_bucket(int64_t per_minute, int64_t now_ms) { return {per_minute * kOne, now_ms}; }

Turn take_turn(Bucket& bucket, int64_t per_minute, int64_t now_ms) {
  const int64_t passed_ms = now_ms - bucket.filled_ms;
  // Clocks of several machines differ by a little: what is not filled now is filled when they agree.
  if (passed_ms > 0 || passed_ms < -kMinuteMs) bucket.filled_ms = now_ms;
  const int64_t most = per_minute * kOne;
  const int64_t gained = std::clamp<int64_t>(passed_ms, 0, kMinuteMs) * most / kMinuteMs;
  bucket.left_milli = std::min(most, bucket.left_milli + gained);
  if (bucket.left_milli < kOne) {
    const int64_t wait_ms = (kOne - bucket.left_milli) * kMinuteMs / most;
    return {.is_taken = false, .left = 0, .retry_s = std::max<int64_t>(1, (wait_ms + 999) / 1000)};
  }
  bucket.left_milli -= kOne;
  return {.is_taken = true, .left = bucket.left_milli / kOne, .retry_s = 0};
}

Turn Turns::take(const std::string& name, int64_t per_minute) {
  const int64_t now = now_ms_();
  const std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_.try_emplace(name, full_bucket(per_minute, now)).first->second;
  return take_turn(bucket, per_minute, now);
}

}  // namespace samovar::keys
