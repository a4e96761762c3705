#include "accounts/quotas.h"

#include <algorithm>
#include <cmath>

namespace samovar::accounts {
namespace {

constexpr double kMinuteMs = 60'000;
constexpr int64_t kDaySeconds = 86'400;

}  // namespace

std::optional<Refusal> Quotas::take_turn(const Known& known) {
  if (!known.user) return std::nullopt;
  const history::User& user = *known.user;
  const int64_t now = wall_ms_();
  if (user.quota_tokens_per_day > 0 && known.tokens_today >= user.quota_tokens_per_day) {
    return Refusal{kDaySeconds - now / 1000 % kDaySeconds,
                   "your " + std::to_string(user.quota_tokens_per_day) +
                       " tokens of today are used up; there are new ones at midnight UTC"};
  }
  if (user.quota_requests_per_minute <= 0) return std::nullopt;
  const auto most = static_cast<double>(user.quota_requests_per_minute);
  const std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_.try_emplace(user.id, Bucket{most, now}).first->second;
  const auto passed_ms = static_cast<double>(std::max<int64_t>(0, now - bucket.filled_ms));
  bucket.left = std::min(most, bucket.left + most * passed_ms / kMinuteMs);
  bucket.filled_ms = now;
  if (bucket.left < 1) {
    const auto wait = static_cast<int64_t>(std::ceil((1 - bucket.left) * kMinuteMs / most / 1000));
    return Refusal{std::max<int64_t>(1, wait),
                   "you may ask " + std::to_string(user.quota_requests_per_minute) +
                       " times a minute; come again in " + std::to_string(std::max<int64_t>(1, wait)) + " s"};
  }
  bucket.left -= 1;
  return std::nullopt;
}

}  // namespace samovar::accounts
