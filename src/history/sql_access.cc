// The part of SqlAccounts about API keys and about what several servers count together.
#include "history/sql_accounts.h"

namespace samovar::history {
namespace {

constexpr int64_t kAbsent = -1;  // `at` of a tally that was only made to be held

ApiKey read_key_row(const Row& row) {
  return {.id = row.text(0),
          .name = row.text(1),
          .hash = row.text(2),
          .scopes = row.text(3),
          .created_ms = row.number(4),
          .expires_ms = row.number(5),
          .per_minute = row.number(6),
          .user = row.text(7),
          .is_revoked = row.number(8) != 0};
}

}  // namespace

Result<std::vector<ApiKey>> SqlAccounts::list_api_keys() {
  std::vector<ApiKey> out;
  const auto read = database_.run(
      "SELECT id, name, hash, scopes, created, expires, per_minute, account, revoked FROM api_keys"
      " ORDER BY created, id",
      {}, [&](const Row& row) { out.push_back(read_key_row(row)); });
  if (!read) return read.error();
  return out;
}

Result<bool> SqlAccounts::add_api_key(const ApiKey& key) {
  const auto put = database_.run(
      "INSERT INTO api_keys(id, name, hash, scopes, created, expires, per_minute, account, revoked)"
      " VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
      {key.id, key.name, key.hash, key.scopes, key.created_ms, key.expires_ms, key.per_minute, key.user,
       int64_t{key.is_revoked ? 1 : 0}});
  if (!put) return put.error();
  return database_.n_changed() > 0;
}

Result<void> SqlAccounts::revoke_api_key(const std::string& id) {
  return database_.run("UPDATE api_keys SET revoked = 1 WHERE id = ?", {id});
}

Result<void> SqlAccounts::erase_api_keys() { return database_.run("DELETE FROM api_keys"); }

Result<std::optional<Tally>> SqlAccounts::hold_tally(const std::string& name) {
  // Writing a row is what both databases understand as holding it.
  Tally tally;
  const auto held = database_.run(
      "INSERT INTO tallies(name, amount, at, until) VALUES (?, 0, ?, 0)"
      " ON CONFLICT(name) DO UPDATE SET amount = tallies.amount RETURNING amount, at, until",
      {name, kAbsent}, [&](const Row& row) {
        tally.amount = row.number(0);
        tally.at_ms = row.number(1);
        tally.until_ms = row.number(2);
      });
  if (!held) return held.error();
  if (tally.at_ms == kAbsent) return std::optional<Tally>();
  return std::optional<Tally>(tally);
}

Result<void> SqlAccounts::put_tally(const std::string& name, const Tally& tally) {
  return database_.run(
      "INSERT INTO tallies(name, amount, at, until) VALUES (?,?,?,?) ON CONFLICT(name) DO UPDATE"
      " SET amount = excluded.amount, at = excluded.at, until = excluded.until",
      {name, tally.amount, tally.at_ms, tally.until_ms});
}

Result<void> SqlAccounts::erase_tally(const std::string& name) {
  return database_.run("DELETE FROM tallies WHERE name = ?", {name});
}

}  // namespace samovar::history
