#include "chat/meter.h"

#include <algorithm>
#include <cmath>

namespace samovar::chat {

Meter::Second& Meter::current() {
  const int64_t now = second_now();
  Second& second = ring_[static_cast<size_t>(now) % kSeconds];
  if (second.number != now) {
    // What was true a second ago still holds, but for the tokens.
    const Second& before = ring_[static_cast<size_t>(now + static_cast<int64_t>(kSeconds) - 1) % kSeconds];
    second = before.number == now - 1 ? before : Second{};
    second.number = now;
    second.tokens = 0;
    second.active = active_;
  }
  return second;
}

void Meter::count_tokens(int64_t n) {
  const std::lock_guard lock(mutex_);
  current().tokens += n;
}

void Meter::count_run(const AnswerStats& stats, End end) {
  const std::lock_guard lock(mutex_);
  (end == End::kFinished ? totals_.finished : end == End::kStopped ? totals_.stopped : totals_.failed) += 1;
  totals_.answer_tokens += stats.tokens;
  totals_.prompt_tokens += stats.prompt_tokens;
  totals_.cached_tokens += stats.cached_tokens;
  if (stats.tokens == 0) return;
  const double seconds = std::max(0.1, stats.seconds - stats.first_token_seconds);
  run_seconds_ = run_seconds_ == 0 ? seconds : 0.7 * run_seconds_ + 0.3 * seconds;
}

void Meter::count_user(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  const int64_t minute = second_now() / 60;
  const auto slot = static_cast<size_t>(minute % 5);
  if (user_minutes_[slot] != minute) {
    users_[slot].clear();
    user_minutes_[slot] = minute;
  }
  constexpr size_t kMostCounted = 100'000;
  if (users_[slot].size() < kMostCounted) users_[slot].insert(owner);
}

void Meter::note(int64_t active, int64_t waiting, int64_t memory_bytes) {
  const std::lock_guard lock(mutex_);
  active_ = active;
  Second& second = current();
  second.active = active;
  second.waiting = waiting;
  second.memory_bytes = memory_bytes;
}

int64_t Meter::expected_wait_seconds(int64_t place) const {
  const std::lock_guard lock(mutex_);
  // Those who are served share the machine: one of them ends every run_seconds_ / active_ seconds.
  const double each = run_seconds_ / static_cast<double>(std::max<int64_t>(1, active_ - place));
  return static_cast<int64_t>(std::ceil(each * static_cast<double>(place)));
}

Meter::Totals Meter::read() const {
  const std::lock_guard lock(mutex_);
  Totals totals = totals_;
  const int64_t now = second_now();
  totals.uptime_seconds = now;
  std::set<std::string> users;
  for (size_t i = 0; i < users_.size(); ++i) {
    if (user_minutes_[i] > now / 60 - 5) users.insert(users_[i].begin(), users_[i].end());
  }
  totals.active_users = static_cast<int64_t>(users.size());
  int64_t lately = 0;
  for (size_t i = 0; i < kSeconds; ++i) {
    const int64_t number = now - static_cast<int64_t>(kSeconds) + 1 + static_cast<int64_t>(i);
    Second& out = totals.seconds[i];
    out.number = number;
    if (number < 0) continue;
    const Second& kept = ring_[static_cast<size_t>(number) % kSeconds];
    if (kept.number == number) {
      out = kept;
      if (number >= now - 10 && number < now) lately += kept.tokens;
    } else if (i > 0) {
      out = totals.seconds[i - 1];
      out.number = number;
      out.tokens = 0;
    }
    out.users = totals.active_users;
  }
  totals.tokens_per_second =
      static_cast<double>(lately) / static_cast<double>(std::clamp<int64_t>(now, 1, 10));
  return totals;
}

}  // namespace samovar::chat
