#include "accounts/shared_turns.h"

#include "accounts/patience.h"

namespace samovar::accounts {
namespace {

Result<keys::Turn> take_in_store(history::AccountStore& accounts, const std::string& name, int64_t per_minute,
                                 int64_t now_ms) {
  const Result<std::optional<history::Tally>> held = accounts.hold_tally(name);
  if (!held) return held.error();
  keys::Bucket bucket =
      *held ? keys::Bucket{(*held)->amount, (*held)->at_ms} : keys::full_bucket(per_minute, now_ms);
  const keys::Turn turn = take_turn(bucket, per_minute, now_ms);
  const auto put =
      accounts.put_tally(name, {.amount = bucket.left_milli, .at_ms = bucket.filled_ms, .until_ms = 0});
  if (!put) return put.error();
  return turn;
}

}  // namespace

void SharedTurns::take(const std::string& name, int64_t per_minute, std::function<void(keys::Turn)> done) {
  const keys::Turn own = own_.take(name, per_minute);
  // What this server alone has counted is enough to refuse.
  if (!own.is_taken || !deps_.is_shared) return done(own);
  const auto tell = with_patience<keys::Turn>(deps_.post_later, own, std::move(done));
  deps_.archive->write<keys::Turn>(
      [name, per_minute, now = deps_.wall_ms()](history::Store& store) {
        return take_in_store(store.accounts(), "turns " + name, per_minute, now);
      },
      [tell, own](const Result<keys::Turn>& turn) { tell(turn ? *turn : own); });
}

}  // namespace samovar::accounts
