#include "accounts/directory.h"

namespace samovar::accounts {
namespace {

constexpr int64_t kFreshMs = 3'000;
constexpr int64_t kUsableMs = 600'000;  // while the store cannot be read
constexpr size_t kMostEntries = 10'000;
constexpr int64_t kDayMs = 86'400'000;

Result<Known> look_up(history::AccountStore& accounts, const Inquiry& inquiry, int64_t day) {
  Known known;
  if (!inquiry.user.empty() || !inquiry.external.empty()) {
    Result<std::optional<history::User>> user = inquiry.user.empty()
                                                    ? accounts.find_user_by_external(inquiry.external)
                                                    : accounts.find_user(inquiry.user);
    if (!user) return user.error();
    known.user = *std::move(user);
  }
  if (known.user && known.user->quota_tokens_per_day > 0) {
    const Result<history::Usage> usage = accounts.read_usage(known.user->id, day);
    if (!usage) return usage.error();
    known.tokens_today = usage->tokens;
  }
  if (!inquiry.session.empty()) {
    const Result<bool> ended = accounts.is_ended_session(inquiry.session);
    if (!ended) return ended.error();
    known.session_ended = *ended;
  }
  return known;
}

}  // namespace

Directory::Directory(history::Archive& archive, std::function<int64_t()> wall_ms)
    : archive_(archive), wall_ms_(std::move(wall_ms)) {}

int64_t Directory::day_of(int64_t ms) { return ms / kDayMs; }

std::optional<Known> Directory::peek(const Inquiry& inquiry) {
  const int64_t now = wall_ms_();
  const std::lock_guard lock(kept_->mutex);
  const auto found = kept_->entries.find(inquiry.key());
  if (found == kept_->entries.end() || found->second.forgotten) return std::nullopt;
  const int64_t age = now - found->second.read_ms;
  // A clock that was set back makes nothing young.
  if (age < 0 || age >= kFreshMs || day_of(now) != day_of(found->second.read_ms)) return std::nullopt;
  return found->second.known;
}

void Directory::ask(const Inquiry& inquiry, std::function<void(Result<Known>)> done) {
  const int64_t now = wall_ms_();
  int64_t n_forgotten = 0;
  {
    const std::lock_guard lock(kept_->mutex);
    n_forgotten = kept_->n_forgotten;
  }
  archive_.read<Known>(
      [inquiry, now](history::Store& store) { return look_up(store.accounts(), inquiry, day_of(now)); },
      [kept = kept_, key = inquiry.key(), now, n_forgotten, done = std::move(done)](Result<Known> known) {
        {
          const std::lock_guard lock(kept->mutex);
          const auto found = kept->entries.find(key);
          if (known) {
            if (kept->entries.size() >= kMostEntries) kept->entries.clear();
            kept->entries[key] = {*known, now, kept->n_forgotten != n_forgotten};
          } else if (found != kept->entries.end() && now - found->second.read_ms < kUsableMs) {
            known = found->second.known;
          }
        }
        done(std::move(known));
      });
}

void Directory::forget(const std::string& user) {
  const std::lock_guard lock(kept_->mutex);
  ++kept_->n_forgotten;
  for (auto& [key, entry] : kept_->entries) {
    if (!entry.known.user || entry.known.user->id == user) entry.forgotten = true;
  }
}

}  // namespace samovar::accounts
