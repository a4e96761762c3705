#include "accounts/attempts.h"

#include <algorithm>

#include "accounts/patience.h"
#include "history/words.h"

namespace samovar::accounts {
namespace {

constexpr int64_t kAheadMs = 120'000;  // clocks of several machines differ by less

std::string tally_of_account(const std::string& account) {
  return "try account " + history::fold_utf8(account);
}
std::string tally_of_address(const std::string& address) {
  return "try address " + throttled_address(address);
}

Result<Failures> hold(history::AccountStore& accounts, const std::string& name, int64_t now_ms) {
  const Result<std::optional<history::Tally>> held = accounts.hold_tally(name);
  if (!held) return held.error();
  // A clock that was set back keeps nobody out.
  if (!*held || (*held)->at_ms > now_ms + kAheadMs) return Failures{};
  return Failures{(*held)->amount, (*held)->at_ms, (*held)->until_ms};
}

Result<void> put(history::AccountStore& accounts, const std::string& name, const Failures& failures) {
  return accounts.put_tally(
      name, {.amount = failures.count, .at_ms = failures.last_ms, .until_ms = failures.until_ms});
}

// The seconds to wait; nothing is counted then.
Result<int64_t> begin_in_store(history::AccountStore& accounts, const std::string& account,
                               const std::string& address, int64_t now_ms) {
  Result<Failures> by_account = hold(accounts, account, now_ms);
  if (!by_account) return by_account.error();
  Result<Failures> by_address = hold(accounts, address, now_ms);
  if (!by_address) return by_address.error();
  const int64_t wait = std::max(wait_of(*by_account, now_ms), wait_of(*by_address, now_ms));
  if (wait > 0) return wait;
  const ThrottleOptions options;
  count_failure(*by_account, options.by_account(), now_ms);
  count_failure(*by_address, options.by_address(), now_ms);
  if (const auto done = put(accounts, account, *by_account); !done) return done.error();
  if (const auto done = put(accounts, address, *by_address); !done) return done.error();
  return int64_t{0};
}

Result<void> succeed_in_store(history::AccountStore& accounts, const std::string& account,
                              const std::string& address, int64_t now_ms) {
  if (const auto done = accounts.erase_tally(account); !done) return done.error();
  Result<Failures> by_address = hold(accounts, address, now_ms);
  if (!by_address) return by_address.error();
  return take_back(*by_address) ? put(accounts, address, *by_address) : accounts.erase_tally(address);
}

}  // namespace

void Attempts::begin(const std::string& account, const std::string& address,
                     std::function<void(int64_t wait_s)> done) {
  const int64_t wait = own_.begin(account, address);
  // What this server alone knows is enough to refuse.
  if (wait > 0 || !deps_.is_shared) return done(wait);
  const auto tell = with_patience<int64_t>(deps_.post_later, 0, std::move(done));
  deps_.archive->write<int64_t>(
      [of_account = tally_of_account(account), of_address = tally_of_address(address), now = deps_.wall_ms()](
          history::Store& store) { return begin_in_store(store.accounts(), of_account, of_address, now); },
      [tell](const Result<int64_t>& waits) { tell(waits ? *waits : 0); });
}

void Attempts::succeeded(const std::string& account, const std::string& address) {
  own_.succeeded(account, address);
  if (!deps_.is_shared) return;
  deps_.archive->write<void>(
      [of_account = tally_of_account(account), of_address = tally_of_address(address), now = deps_.wall_ms()](
          history::Store& store) { return succeed_in_store(store.accounts(), of_account, of_address, now); },
      [](const Result<void>&) {});
}

}  // namespace samovar::accounts
