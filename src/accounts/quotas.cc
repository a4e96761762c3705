#include "accounts/quotas.h"

namespace samovar::accounts {
namespace {

constexpr int64_t kDaySeconds = 86'400;

}  // namespace

void Quotas::take_turn(const Known& known, std::function<void(std::optional<Refusal>)> done) {
  if (!known.user) return done(std::nullopt);
  const history::User& user = *known.user;
  if (user.quota_tokens_per_day > 0 && known.tokens_today >= user.quota_tokens_per_day) {
    return done(Refusal{kDaySeconds - wall_ms_() / 1000 % kDaySeconds,
                        "your " + std::to_string(user.quota_tokens_per_day) +
                            " tokens of today are used up; there are new ones at midnight UTC"});
  }
  const int64_t most = user.quota_requests_per_minute;
  if (most <= 0) return done(std::nullopt);
  turns_.take("user " + user.id, most, [most, done = std::move(done)](const keys::Turn& turn) {
    if (turn.is_taken) return done(std::nullopt);
    done(Refusal{turn.retry_s, "you may ask " + std::to_string(most) + " times a minute; come again in " +
                                   std::to_string(turn.retry_s) + " s"});
  });
}

}  // namespace samovar::accounts
