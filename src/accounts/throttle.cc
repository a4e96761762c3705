#include "accounts/throttle.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "history/words.h"

namespace samovar::accounts {
namespace {

constexpr size_t kMostCounted = 20'000;
constexpr int kMostDoublings = 20;

}  // namespace

std::string throttled_address(std::string_view address) {
  std::array<unsigned char, 16> bytes{};
  const std::string text(address);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  const std::array<unsigned char, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (!std::equal(mapped.begin(), mapped.end(), bytes.begin())) std::fill(bytes.begin() + 8, bytes.end(), 0);
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
  return out.data();
}

Throttle::Throttle(ThrottleOptions options) : options_(std::move(options)) {
  if (!options_.now_ms) options_.now_ms = steady_ms;
}

Patience ThrottleOptions::by_account() const {
  return {free_by_account, longest_by_account_s, forget_after_s};
}

Patience ThrottleOptions::by_address() const {
  return {free_by_address, longest_by_address_s, forget_after_s};
}

int64_t wait_of(const Failures& failures, int64_t now_ms) {
  return failures.until_ms <= now_ms ? 0 : (failures.until_ms - now_ms + 999) / 1000;
}

void count_failure(Failures& failures, const Patience& patience, int64_t now_ms) {
  if (now_ms - failures.last_ms > patience.forget_after_s * 1000) failures = {};
  failures.last_ms = now_ms;
  ++failures.count;
  const int64_t over = failures.count - patience.free;
  if (over < 0) return;
  const int64_t wait_s = int64_t{1} << std::min<int64_t>(over, kMostDoublings);
  failures.until_ms = now_ms + 1000 * std::min(patience.longest_s, wait_s);
}

bool take_back(Failures& failures) {
  --failures.count;
  failures.until_ms = 0;
  return failures.count > 0;
}

// Bounded, whatever addresses and names are sent: the old ones go first, then all.
void Throttle::prune(Counts& counts, int64_t now) const {
  if (counts.size() < kMostCounted) return;
  std::erase_if(counts, [&](const auto& item) {
    return now - item.second.last_ms > options_.forget_after_s * 1000 || item.second.count <= 1;
  });
  if (counts.size() >= kMostCounted) counts.clear();
}

int64_t Throttle::begin(std::string_view account, std::string_view address) {
  const std::lock_guard lock(mutex_);
  const int64_t now = options_.now_ms();
  const std::string name = history::fold_utf8(account);
  const std::string place = throttled_address(address);
  prune(accounts_, now);
  prune(addresses_, now);
  Failures& of_name = accounts_[name];
  Failures& of_place = addresses_[place];
  const int64_t wait = std::max(wait_of(of_name, now), wait_of(of_place, now));
  if (wait > 0) return wait;
  count_failure(of_name, options_.by_account(), now);
  count_failure(of_place, options_.by_address(), now);
  return 0;
}

void Throttle::succeeded(std::string_view account, std::string_view address) {
  const std::lock_guard lock(mutex_);
  accounts_.erase(history::fold_utf8(account));
  const auto place = addresses_.find(throttled_address(address));
  if (place == addresses_.end()) return;
  // Not all of them: who has one account could guess at others for ever.
  if (!take_back(place->second)) addresses_.erase(place);
}

}  // namespace samovar::accounts
