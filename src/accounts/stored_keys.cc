#include "accounts/stored_keys.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/clock.h"
#include "history/recent.h"

namespace samovar::accounts {
namespace {

using history::AccountStore;
using keys::Key;

history::ApiKey to_record(const Key& key) {
  std::string scopes;
  for (const keys::Scope scope : key.scopes)
    scopes += (scopes.empty() ? "" : ",") + std::string(to_string(scope));
  return {.id = key.id,
          .name = key.name,
          .hash = key.hash,
          .scopes = scopes,
          .created_ms = key.created_s * 1000,
          .expires_ms = key.expires_s * 1000,
          .per_minute = key.per_minute,
          .user = key.user};
}

bool has_id(const std::vector<Key>& all, const std::string& id) {
  return std::any_of(all.begin(), all.end(), [&](const Key& key) { return key.id == id; });
}

// What `change` made of `before` is done to the rows.
Result<void> put_difference(AccountStore& accounts, const std::vector<Key>& before,
                            const std::vector<Key>& after) {
  for (const Key& key : before) {
    if (has_id(after, key.id)) continue;
    if (const auto done = accounts.revoke_api_key(key.id); !done) return done;
  }
  for (const Key& key : after) {
    if (has_id(before, key.id)) continue;
    if (const auto added = accounts.add_api_key(to_record(key)); !added) return added.error();
  }
  return {};
}

class DatabaseStore : public keys::KeyStore {
 public:
  explicit DatabaseStore(history::Archive& archive) : archive_(archive) {}
  Result<keys::KeySet> load() override {
    return wait<keys::KeySet>([](AccountStore& accounts) { return read_stored_keys(accounts); });
  }
  Result<void> update(const std::function<Result<void>(std::vector<Key>&)>& change) override {
    return wait<void>([&change](AccountStore& accounts) -> Result<void> {
      // Of two at once the second sees what the first did.
      if (const auto held = accounts.hold_tally("api keys"); !held) return held.error();
      const Result<keys::KeySet> known = read_stored_keys(accounts);
      if (!known) return known.error();
      std::vector<Key> after = *known->keys;
      if (const auto done = change(after); !done) return done;
      return put_difference(accounts, *known->keys, after);
    });
  }
  Result<void> clear() override {
    return wait<void>([](AccountStore& accounts) { return accounts.erase_api_keys(); });
  }

 private:
  template <typename T>
  Result<T> wait(const std::function<Result<T>(AccountStore&)>& work) {
    std::promise<Result<T>> promise;
    archive_.write<T>([&work](history::Store& store) { return work(store.accounts()); },
                      [&promise](Result<T> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  history::Archive& archive_;
};

class StoredKeys : public keys::KeySource {
 public:
  using Known = history::Recent<keys::Keys>;
  explicit StoredKeys(Known::Options options) : known_(std::make_shared<Known>(std::move(options))) {}

  [[nodiscard]] keys::Keys peek() override { return known_->peek().value_or(nullptr); }
  void ask(std::function<void(keys::Keys)> done) override {
    known_->ask([known = known_, done = std::move(done)](const Result<keys::Keys>& result) {
      if (result) return done(*result);
      // Where nobody was asked for a key, a database that is gone closes nothing.
      const auto last = known->last();
      if (last && !(*last)->is_kept) return done(*last);
      done(std::make_shared<const keys::KeySet>(keys::KeySet{.is_kept = true, .keys = result.error()}));
    });
  }

 private:
  const std::shared_ptr<Known> known_;
};

}  // namespace

Result<keys::KeySet> read_stored_keys(AccountStore& accounts) {
  const auto records = accounts.list_api_keys();
  if (!records) return records.error();
  keys::KeySet known{.is_kept = !records->empty()};
  for (const history::ApiKey& record : *records) {
    if (record.is_revoked) continue;
    Key key{.id = record.id,
            .name = record.name,
            .hash = record.hash,
            .scopes = {},
            .created_s = record.created_ms / 1000,
            .expires_s = record.expires_ms / 1000,
            .per_minute = record.per_minute,
            .user = record.user};
    const auto scopes = keys::parse_scopes(record.scopes);
    if (!scopes) return Error{Code::kCorrupt, "the key " + key.id + ": " + scopes.error().message};
    key.scopes = *scopes;
    known.keys->push_back(std::move(key));
  }
  return known;
}

Result<void> add_stored_keys(AccountStore& accounts, const std::vector<Key>& keys) {
  for (const Key& key : keys) {
    if (const auto added = accounts.add_api_key(to_record(key)); !added) return added.error();
  }
  return {};
}

std::shared_ptr<keys::KeyStore> make_database_store(history::Archive& archive) {
  return std::make_shared<DatabaseStore>(archive);
}

std::shared_ptr<keys::KeySource> make_stored_keys(history::Archive& archive, PostLater post_later) {
  constexpr int64_t kUsableMs = 600'000;  // as accounts are
  StoredKeys::Known::Options options;
  options.archive = &archive;
  options.read = [](history::Store& store) -> Result<keys::Keys> {
    auto known = read_stored_keys(store.accounts());
    if (!known) return known.error();
    return std::make_shared<const keys::KeySet>(*std::move(known));
  };
  options.post_later = std::move(post_later);
  options.now_ms = steady_ms;
  options.usable_ms = kUsableMs;
  return std::make_shared<StoredKeys>(std::move(options));
}

}  // namespace samovar::accounts
