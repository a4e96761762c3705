#include "keys/key_ring.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "base/clock.h"
#include "keys/key_file.h"

namespace samovar::keys {
namespace {

constexpr double kMinuteMs = 60'000;

}  // namespace

KeyRing::KeyRing(KeyRingOptions options) : options_(std::move(options)) {
  if (!options_.now_ms) options_.now_ms = unix_ms;
}

void KeyRing::follow() {
  if (options_.file.empty()) return;
  Stamp now;
  std::error_code failed;
  now.time = std::filesystem::last_write_time(options_.file, failed);
  now.exists = failed != std::errc::no_such_file_or_directory;
  if (!failed) now.size = std::filesystem::file_size(options_.file, failed);
  if (stamp_ == now) return;
  stamp_ = now;
  keys_ = now.exists ? load_keys(options_.file) : std::vector<Key>();
}

bool KeyRing::is_required() {
  const std::lock_guard lock(mutex_);
  follow();
  return options_.always_required || (stamp_ && stamp_->exists);
}

Result<void> KeyRing::state() {
  const std::lock_guard lock(mutex_);
  follow();
  if (!keys_) return keys_.error();
  return {};
}

// Every hash is compared, each in the same time.
const Key* KeyRing::find(const std::string& hash) const {
  const Key* found = nullptr;
  for (const Key& key : *keys_) {
    const bool same =
        key.hash.size() == hash.size() && CRYPTO_memcmp(key.hash.data(), hash.data(), hash.size()) == 0;
    if (same) found = &key;
  }
  return found;
}

void KeyRing::take_turn(const Key& key, Verdict& verdict) {
  verdict.per_minute = key.per_minute;
  if (key.per_minute <= 0) return;
  const auto most = static_cast<double>(key.per_minute);
  const int64_t now = options_.now_ms();
  const auto [at, is_new] = buckets_.try_emplace(key.id, Bucket{most, now});
  Bucket& bucket = at->second;
  const double passed_ms = static_cast<double>(std::max<int64_t>(0, now - bucket.filled_ms));
  bucket.left = std::min(most, bucket.left + most * passed_ms / kMinuteMs);
  bucket.filled_ms = now;
  if (bucket.left < 1) {
    verdict.kind = Verdict::Kind::kTooOften;
    verdict.retry_s =
        std::max<int64_t>(1, static_cast<int64_t>(std::ceil((1 - bucket.left) * kMinuteMs / most / 1000)));
    return;
  }
  bucket.left -= 1;
  verdict.left = static_cast<int64_t>(bucket.left);
}

Verdict KeyRing::check(std::string_view secret, std::optional<Scope> scope, Asked asked) {
  const std::lock_guard lock(mutex_);
  follow();
  const bool is_asked = asked == Asked::kAlways || options_.always_required;
  if (!is_asked && !(stamp_ && stamp_->exists)) return {};
  Verdict verdict;
  if (!keys_) {
    verdict.kind = Verdict::Kind::kUnreadable;
    verdict.problem = keys_.error().message;
    return verdict;
  }
  if (secret.empty()) {
    verdict.kind = Verdict::Kind::kMissing;
    return verdict;
  }
  const Key* key = find(hash_secret(secret));
  if (key == nullptr) {
    verdict.kind = Verdict::Kind::kUnknown;
    return verdict;
  }
  verdict.id = key->id;
  verdict.user = key->user;
  if (key->expires_s != 0 && options_.now_ms() / 1000 >= key->expires_s) {
    verdict.kind = Verdict::Kind::kExpired;
  } else if (scope && !key->allows(*scope)) {
    verdict.kind = Verdict::Kind::kForbidden;
  } else {
    take_turn(*key, verdict);
  }
  return verdict;
}

}  // namespace samovar::keys
