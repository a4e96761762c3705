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

int64_t Throttle::wait_of(const Counts& counts, const std::string& key, int64_t now) const {
  const auto found = counts.find(key);
  if (found == counts.end() || found->second.until_ms <= now) return 0;
  return (found->second.until_ms - now + 999) / 1000;
}

void Throttle::count(Counts& counts, const std::string& key, int64_t now, int free, int64_t longest_s) const {
  Count& own = counts[key];
  if (now - own.last_ms > options_.forget_after_s * 1000) own = {};
  own.last_ms = now;
  ++own.failures;
  const int over = own.failures - free;
  if (over >= 0)
    own.until_ms = now + 1000 * std::min(longest_s, int64_t{1} << std::min(over, kMostDoublings));
}

// Bounded, whatever addresses and names are sent: the old ones go first, then all.
void Throttle::prune(Counts& counts, int64_t now) const {
  if (counts.size() < kMostCounted) return;
  std::erase_if(counts, [&](const auto& item) {
    return now - item.second.last_ms > options_.forget_after_s * 1000 || item.second.failures <= 1;
  });
  if (counts.size() >= kMostCounted) counts.clear();
}

int64_t Throttle::begin(std::string_view account, std::string_view address) {
  const std::lock_guard lock(mutex_);
  const int64_t now = options_.now_ms();
  const std::string name = history::fold_utf8(account);
  const std::string place = throttled_address(address);
  const int64_t wait = std::max(wait_of(accounts_, name, now), wait_of(addresses_, place, now));
  if (wait > 0) return wait;
  prune(accounts_, now);
  prune(addresses_, now);
  count(accounts_, name, now, options_.free_by_account, options_.longest_by_account_s);
  count(addresses_, place, now, options_.free_by_address, options_.longest_by_address_s);
  return 0;
}

void Throttle::succeeded(std::string_view account, std::string_view address) {
  const std::lock_guard lock(mutex_);
  accounts_.erase(history::fold_utf8(account));
  const auto place = addresses_.find(throttled_address(address));
  if (place == addresses_.end()) return;
  // Not all of them: who has one account could guess at others for ever.
  if (--place->second.failures <= 0) {
    addresses_.erase(place);
  } else {
    place->second.until_ms = 0;
  }
}

}  // namespace samovar::accounts
