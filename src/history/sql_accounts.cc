#include "history/sql_accounts.h"

#include "history/words.h"

namespace samovar::history {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kTalliesRestMs = int64_t{4} * 3'600'000;

#define USER_COLUMNS                                                                           \
  "key, id, name, email, external, role, state, password_hash, quota_tokens, quota_requests, " \
  "session_epoch, "                                                                            \
  "created, seen"
#define INVITE_COLUMNS "token_hash, account, note, role, created, expires, made_by"

User read_user_row(const Row& row) {
  User user;
  user.key = row.number(0);
  user.id = row.text(1);
  user.name = row.text(2);
  user.email = row.text(3);
  user.external = row.text(4);
  parse_role(row.text(5), user.role);
  // What is not understood opens nothing.
  if (!parse_user_state(row.text(6), user.state)) user.state = UserState::kDisabled;
  user.password_hash = row.text(7);
  user.quota_tokens_per_day = row.number(8);
  user.quota_requests_per_minute = row.number(9);
  user.session_epoch = row.number(10);
  user.created_ms = row.number(11);
  user.last_seen_ms = row.number(12);
  return user;
}

Invite read_invite_row(const Row& row) {
  Invite invite;
  invite.token_hash = row.text(0);
  invite.user = row.text(1);
  invite.note = row.text(2);
  parse_role(row.text(3), invite.role);
  invite.created_ms = row.number(4);
  invite.expires_ms = row.number(5);
  invite.made_by = row.text(6);
  return invite;
}

AuditEntry read_audit_row(const Row& row) {
  return {.key = row.number(0),
          .at_ms = row.number(1),
          .actor = row.text(2),
          .action = row.text(3),
          .subject = row.text(4),
          .address = row.text(5),
          .detail = row.text(6)};
}

Value text_of(const char* text) { return std::string_view(text); }

}  // namespace

Result<std::vector<User>> SqlAccounts::read_users(const char* sql, std::initializer_list<Value> values) {
  std::vector<User> out;
  const auto read = database_.run(sql, values, [&](const Row& row) { out.push_back(read_user_row(row)); });
  if (!read) return read.error();
  return out;
}

Result<std::optional<User>> SqlAccounts::read_user(const char* sql, std::initializer_list<Value> values) {
  Result<std::vector<User>> found = read_users(sql, values);
  if (!found) return found.error();
  if (found->empty()) return std::optional<User>();
  return std::optional<User>(std::move(found->front()));
}

Result<int64_t> SqlAccounts::read_number(const char* sql, std::initializer_list<Value> values) {
  int64_t number = 0;
  const auto read = database_.run(sql, values, [&](const Row& row) { number = row.number(0); });
  if (!read) return read.error();
  return number;
}

Result<std::optional<User>> SqlAccounts::find_user(const std::string& id) {
  return read_user("SELECT " USER_COLUMNS " FROM users WHERE id = ?", {id});
}

Result<std::optional<User>> SqlAccounts::find_user_by_name(const std::string& name) {
  return read_user("SELECT " USER_COLUMNS " FROM users WHERE folded = ?", {fold_utf8(name)});
}

Result<std::optional<User>> SqlAccounts::find_user_by_external(const std::string& external) {
  if (external.empty()) return std::optional<User>();
  return read_user("SELECT " USER_COLUMNS " FROM users WHERE external = ? AND external <> ''", {external});
}

Result<std::vector<User>> SqlAccounts::list_users() {
  return read_users("SELECT " USER_COLUMNS " FROM users ORDER BY folded", {});
}

Result<int64_t> SqlAccounts::count_users(UserRole role, UserState state) {
  return read_number("SELECT count(*) FROM users WHERE role = ? AND state = ?",
                     {text_of(to_string(role)), text_of(to_string(state))});
}

Result<int64_t> SqlAccounts::count_users() { return read_number("SELECT count(*) FROM users", {}); }

Result<void> SqlAccounts::put_user(User& user) {
  const std::string folded = fold_utf8(user.name);
  if (user.key != 0) {
    return database_.run(
        "UPDATE users SET name = ?, folded = ?, email = ?, external = ?, role = ?, state = ?, password_hash "
        "= ?,"
        " quota_tokens = ?, quota_requests = ?, session_epoch = ?, seen = ? WHERE key = ?",
        {user.name, folded, user.email, user.external, text_of(to_string(user.role)),
         text_of(to_string(user.state)), user.password_hash, user.quota_tokens_per_day,
         user.quota_requests_per_minute, user.session_epoch, user.last_seen_ms, user.key});
  }
  const auto put = database_.run(
      "INSERT INTO users(id, name, folded, email, external, role, state, password_hash, quota_tokens,"
      " quota_requests, session_epoch, created, seen) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
      " ON CONFLICT DO NOTHING RETURNING key",
      {user.id, user.name, folded, user.email, user.external, text_of(to_string(user.role)),
       text_of(to_string(user.state)), user.password_hash, user.quota_tokens_per_day,
       user.quota_requests_per_minute, user.session_epoch, user.created_ms, user.last_seen_ms},
      [&](const Row& row) { user.key = row.number(0); });
  if (!put) return put.error();
  if (user.key == 0) return Error{Code::kConflict, "there is a user '" + user.name + "' already"};
  return {};
}

Result<bool> SqlAccounts::erase_user(const std::string& id) {
  for (const char* sql : {"DELETE FROM invites WHERE account = ?", "DELETE FROM usage WHERE account = ?",
                          "DELETE FROM users WHERE id = ?"}) {
    if (const auto done = database_.run(sql, {id}); !done) return done.error();
  }
  return database_.n_changed() > 0;
}

Result<void> SqlAccounts::note_seen(const std::string& id, int64_t at_ms) {
  return database_.run("UPDATE users SET seen = ?1 WHERE id = ?2 AND seen < ?1", {at_ms, id});
}

Result<void> SqlAccounts::put_invite(const Invite& invite) {
  return database_.run("INSERT INTO invites(" INVITE_COLUMNS ") VALUES (?,?,?,?,?,?,?)",
                       {invite.token_hash, invite.user, invite.note, text_of(to_string(invite.role)),
                        invite.created_ms, invite.expires_ms, invite.made_by});
}

Result<std::optional<Invite>> SqlAccounts::find_invite(const std::string& token_hash) {
  std::optional<Invite> found;
  const auto read = database_.run("SELECT " INVITE_COLUMNS " FROM invites WHERE token_hash = ?", {token_hash},
                                  [&](const Row& row) { found = read_invite_row(row); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<Invite>> SqlAccounts::list_invites() {
  std::vector<Invite> out;
  const auto read = database_.run("SELECT " INVITE_COLUMNS " FROM invites ORDER BY created DESC, token_hash",
                                  {}, [&](const Row& row) { out.push_back(read_invite_row(row)); });
  if (!read) return read.error();
  return out;
}

Result<bool> SqlAccounts::erase_invite(const std::string& token_hash) {
  if (const auto done = database_.run("DELETE FROM invites WHERE token_hash = ?", {token_hash}); !done)
    return done.error();
  return database_.n_changed() > 0;
}

Result<void> SqlAccounts::add_audit(const AuditEntry& entry) {
  return database_.run("INSERT INTO audit(at, actor, action, subject, address, detail) VALUES (?,?,?,?,?,?)",
                       {entry.at_ms, entry.actor, entry.action, entry.subject, entry.address, entry.detail});
}

Result<std::vector<AuditEntry>> SqlAccounts::list_audit(int64_t before_key, int64_t limit) {
  std::vector<AuditEntry> out;
  const auto read = database_.run(
      "SELECT key, at, actor, action, subject, address, detail FROM audit WHERE key < ?"
      " ORDER BY key DESC LIMIT ?",
      {before_key, limit}, [&](const Row& row) { out.push_back(read_audit_row(row)); });
  if (!read) return read.error();
  return out;
}

Result<void> SqlAccounts::add_usage(const Usage& usage) {
  return database_.run(
      "INSERT INTO usage(account, day, requests, tokens) VALUES (?,?,?,?) ON CONFLICT(account, day) DO UPDATE"
      " SET requests = usage.requests + excluded.requests, tokens = usage.tokens + excluded.tokens",
      {usage.user, usage.day, usage.requests, usage.tokens});
}

Result<Usage> SqlAccounts::read_usage(const std::string& user, int64_t day) {
  Usage usage{.user = user, .day = day, .requests = 0, .tokens = 0};
  const auto read = database_.run("SELECT requests, tokens FROM usage WHERE account = ? AND day = ?",
                                  {user, day}, [&](const Row& row) {
                                    usage.requests = row.number(0);
                                    usage.tokens = row.number(1);
                                  });
  if (!read) return read.error();
  return usage;
}

Result<void> SqlAccounts::put_ended_session(const std::string& session, int64_t expires_ms) {
  return database_.run("INSERT INTO ended_sessions(id, expires) VALUES (?, ?) ON CONFLICT DO NOTHING",
                       {session, expires_ms});
}

Result<bool> SqlAccounts::is_ended_session(const std::string& session) {
  const Result<int64_t> count = read_number("SELECT count(*) FROM ended_sessions WHERE id = ?", {session});
  if (!count) return count.error();
  return *count > 0;
}

Result<std::optional<std::string>> SqlAccounts::find_value(const std::string& name) {
  std::optional<std::string> found;
  const auto read = database_.run("SELECT value FROM key_value WHERE name = ?", {name},
                                  [&](const Row& row) { found = row.text(0); });
  if (!read) return read.error();
  return found;
}

Result<void> SqlAccounts::put_value(const std::string& name, const std::string& value) {
  return database_.run(
      "INSERT INTO key_value(name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
      " SET value = excluded.value",
      {name, value});
}

Result<std::string> SqlAccounts::settle_value(const std::string& name, const std::string& value) {
  const auto put =
      database_.run("INSERT INTO key_value(name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", {name, value});
  if (!put) return put.error();
  Result<std::optional<std::string>> settled = find_value(name);
  if (!settled) return settled.error();
  return settled->value_or(value);
}

Result<void> SqlAccounts::purge_accounts(int64_t now_ms, int64_t audit_before_ms) {
  for (const auto& [sql, bound] : {std::pair("DELETE FROM invites WHERE expires < ?", now_ms),
                                   std::pair("DELETE FROM ended_sessions WHERE expires < ?", now_ms),
                                   std::pair("DELETE FROM tallies WHERE at < ?", now_ms - kTalliesRestMs),
                                   std::pair("DELETE FROM audit WHERE at < ?", audit_before_ms),
                                   std::pair("DELETE FROM usage WHERE day < ?", audit_before_ms / kDayMs)}) {
    if (const auto done = database_.run(sql, {bound}); !done) return done.error();
  }
  return {};
}

}  // namespace samovar::history
