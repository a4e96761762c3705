#include "keys/key_ring.h"

#include <openssl/crypto.h>

#include <utility>

#include "base/clock.h"

namespace samovar::keys {
namespace {

// Every hash is compared, each in the same time.
const Key* find_key(const std::vector<Key>& keys, const std::string& hash) {
  const Key* found = nullptr;
  for (const Key& key : keys) {
    const bool same =
        key.hash.size() == hash.size() && CRYPTO_memcmp(key.hash.data(), hash.data(), hash.size()) == 0;
    if (same) found = &key;
  }
  return found;
}

void add_turn(Verdict& verdict, const Turn& turn) {
  if (!turn.is_taken) verdict.kind = Verdict::Kind::kTooOften;
  verdict.left = turn.left;
  verdict.retry_s = turn.retry_s;
}

}  // namespace

KeyRing::KeyRing(KeyRingOptions options)
    : options_(std::move(options)), turns_(options_.now_ms ? options_.now_ms : unix_ms) {
  if (!options_.now_ms) options_.now_ms = unix_ms;
}

Verdict KeyRing::judge(const Claim& claim, const KeySet& known) const {
  if (claim.asked != Asked::kAlways && !options_.always_required && !known.is_kept) return {};
  Verdict verdict;
  if (!known.keys) {
    verdict.kind = Verdict::Kind::kUnreadable;
    verdict.problem = known.keys.error().message;
    return verdict;
  }
  if (claim.secret.empty()) {
    verdict.kind = Verdict::Kind::kMissing;
    return verdict;
  }
  const Key* key = find_key(*known.keys, hash_secret(claim.secret));
  if (key == nullptr) {
    verdict.kind = Verdict::Kind::kUnknown;
    return verdict;
  }
  verdict.id = key->id;
  verdict.user = key->user;
  if (key->expires_s != 0 && options_.now_ms() / 1000 >= key->expires_s) {
    verdict.kind = Verdict::Kind::kExpired;
  } else if (claim.scope && !key->allows(*claim.scope)) {
    verdict.kind = Verdict::Kind::kForbidden;
  } else {
    verdict.per_minute = key->per_minute;
  }
  return verdict;
}

std::optional<Verdict> KeyRing::check_now(const Claim& claim) {
  const Keys known = options_.source->peek();
  if (!known) return std::nullopt;
  Verdict verdict = judge(claim, *known);
  if (verdict.per_minute <= 0) return verdict;
  if (options_.take_turn) return std::nullopt;
  add_turn(verdict, turns_.take(verdict.id, verdict.per_minute));
  return verdict;
}

void KeyRing::check(const Claim& claim, std::function<void(Verdict)> done) {
  options_.source->ask([self = shared_from_this(), claim, done = std::move(done)](const Keys& known) {
    Verdict verdict = self->judge(claim, *known);
    if (verdict.per_minute <= 0) return done(std::move(verdict));
    const auto tell = [verdict, done](const Turn& turn) {
      Verdict told = verdict;
      add_turn(told, turn);
      done(std::move(told));
    };
    if (!self->options_.take_turn) return tell(self->turns_.take(verdict.id, verdict.per_minute));
    self->options_.take_turn("key " + verdict.id, verdict.per_minute, tell);
  });
}

}  // namespace samovar::keys
