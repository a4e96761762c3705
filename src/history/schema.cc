#include "history/schema.h"

#include <string_view>

namespace samovar::history {
namespace {

constexpr const char* kTables1 = R"sql(
CREATE TABLE chats(
  key INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  title TEXT NOT NULL,
  title_by TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  pinned INTEGER NOT NULL,
  folder TEXT NOT NULL,
  tags TEXT NOT NULL,      -- one to a line
  model TEXT NOT NULL,
  profile TEXT NOT NULL,
  settings TEXT NOT NULL,  -- JSON
  leaf TEXT NOT NULL,
  share TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  UNIQUE(owner, id));
CREATE INDEX chats_by_change ON chats(owner, pinned DESC, updated DESC, key DESC) WHERE deleted = 0;
CREATE UNIQUE INDEX chats_by_share ON chats(share) WHERE share <> '';
CREATE INDEX chats_deleted ON chats(deleted) WHERE deleted <> 0;

CREATE TABLE messages(
  key INTEGER PRIMARY KEY,
  chat INTEGER NOT NULL REFERENCES chats(key) ON DELETE CASCADE,
  id TEXT NOT NULL,
  parent TEXT NOT NULL,
  seq INTEGER NOT NULL,
  role TEXT NOT NULL,
  content TEXT NOT NULL,
  thinking TEXT NOT NULL,
  model TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  stats TEXT NOT NULL,     -- JSON
  created INTEGER NOT NULL,
  edited INTEGER NOT NULL,
  UNIQUE(chat, id));
CREATE INDEX messages_by_seq ON messages(chat, seq);
CREATE INDEX messages_by_parent ON messages(chat, parent);
CREATE INDEX messages_streaming ON messages(key) WHERE state = 'streaming';

CREATE TABLE feedback(
  message INTEGER PRIMARY KEY REFERENCES messages(key) ON DELETE CASCADE,
  rating INTEGER NOT NULL,
  comment TEXT NOT NULL,
  created INTEGER NOT NULL);

CREATE TABLE attachments(
  key INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  language TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  characters INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  created INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(owner, id));
CREATE TABLE message_attachments(
  message INTEGER NOT NULL REFERENCES messages(key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  attachment INTEGER NOT NULL REFERENCES attachments(key),
  PRIMARY KEY(message, position)) WITHOUT ROWID;
CREATE INDEX message_attachments_by_attachment ON message_attachments(attachment);

)sql";

// Words are looked up in the trigram index: parts of words are found, so that endings matter little. Lower
// and upper case are one there; ё is stored as е. Answers are indexed when they are finished, not while they
// grow.
constexpr const char* kSqlite1 = R"sql(
CREATE VIRTUAL TABLE title_words USING fts5(text, content='', tokenize='trigram');
CREATE TRIGGER chat_added AFTER INSERT ON chats BEGIN
  INSERT INTO title_words(rowid, text) VALUES (new.key, replace(replace(new.title, 'ё', 'е'), 'Ё', 'Е'));
END;
CREATE TRIGGER chat_renamed AFTER UPDATE OF title ON chats WHEN old.title <> new.title BEGIN
  INSERT INTO title_words(title_words, rowid, text)
    VALUES ('delete', old.key, replace(replace(old.title, 'ё', 'е'), 'Ё', 'Е'));
  INSERT INTO title_words(rowid, text) VALUES (new.key, replace(replace(new.title, 'ё', 'е'), 'Ё', 'Е'));
END;
CREATE TRIGGER chat_erased AFTER DELETE ON chats BEGIN
  INSERT INTO title_words(title_words, rowid, text)
    VALUES ('delete', old.key, replace(replace(old.title, 'ё', 'е'), 'Ё', 'Е'));
END;

CREATE VIRTUAL TABLE message_words USING fts5(text, content='', tokenize='trigram');
CREATE TRIGGER message_added AFTER INSERT ON messages WHEN new.state <> 'streaming' BEGIN
  INSERT INTO message_words(rowid, text) VALUES (new.key, replace(replace(new.content, 'ё', 'е'), 'Ё', 'Е'));
END;
CREATE TRIGGER message_left BEFORE UPDATE OF content, state ON messages
WHEN old.state <> 'streaming' AND (old.content <> new.content OR new.state = 'streaming') BEGIN
  INSERT INTO message_words(message_words, rowid, text)
    VALUES ('delete', old.key, replace(replace(old.content, 'ё', 'е'), 'Ё', 'Е'));
END;
CREATE TRIGGER message_came AFTER UPDATE OF content, state ON messages
WHEN new.state <> 'streaming' AND (old.content <> new.content OR old.state = 'streaming') BEGIN
  INSERT INTO message_words(rowid, text) VALUES (new.key, replace(replace(new.content, 'ё', 'е'), 'Ё', 'Е'));
END;
CREATE TRIGGER message_erased AFTER DELETE ON messages WHEN old.state <> 'streaming' BEGIN
  INSERT INTO message_words(message_words, rowid, text)
    VALUES ('delete', old.key, replace(replace(old.content, 'ё', 'е'), 'Ё', 'Е'));
END;
)sql";

// The same words, folded by the program (words.h), which also fills these tables.
constexpr const char* kPostgres1 = R"sql(
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE title_words(chat BIGINT PRIMARY KEY REFERENCES chats(key) ON DELETE CASCADE, text TEXT NOT NULL);
CREATE INDEX title_words_index ON title_words USING gin (text gin_trgm_ops);
CREATE TABLE message_words(message BIGINT PRIMARY KEY REFERENCES messages(key) ON DELETE CASCADE, text TEXT NOT NULL);
CREATE INDEX message_words_index ON message_words USING gin (text gin_trgm_ops);
)sql";

// Accounts. `folded` is the name with its letters lower-cased, so that no two names differ in case only.
constexpr const char* kTables2 = R"sql(
CREATE TABLE users(
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  folded TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  external TEXT NOT NULL,
  role TEXT NOT NULL,
  state TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  quota_tokens INTEGER NOT NULL,    -- a day; 0: any number
  quota_requests INTEGER NOT NULL,  -- a minute; 0: any number
  session_epoch INTEGER NOT NULL,
  created INTEGER NOT NULL,
  seen INTEGER NOT NULL);
CREATE UNIQUE INDEX users_by_external ON users(external) WHERE external <> '';

CREATE TABLE invites(
  token_hash TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  note TEXT NOT NULL,
  role TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  made_by TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE audit(
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  address TEXT NOT NULL,
  detail TEXT NOT NULL);
CREATE INDEX audit_by_time ON audit(at);

CREATE TABLE usage(
  account TEXT NOT NULL,
  day INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY(account, day)) WITHOUT ROWID;

CREATE TABLE ended_sessions(
  id TEXT PRIMARY KEY,
  expires INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE key_value(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL) WITHOUT ROWID;
)sql";

// Which server writes an answer (server_number.h); 0 when it is finished.
constexpr const char* kTables3 = "ALTER TABLE messages ADD COLUMN server INTEGER NOT NULL DEFAULT 0;";

// API keys, for servers that share a database; scopes as people write them ("chat,models"). Revoked ones
// stay, so that no old copy of them opens anything again. `tallies` are what all servers count together.
constexpr const char* kTables4 = R"sql(
CREATE TABLE api_keys(
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  per_minute INTEGER NOT NULL,
  account TEXT NOT NULL,
  revoked INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE tallies(
  name TEXT PRIMARY KEY,
  amount INTEGER NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER NOT NULL) WITHOUT ROWID;
)sql";

constexpr Migration kMigrations[] = {
    {.tables = kTables1, .sqlite = kSqlite1, .postgres = kPostgres1},
    {.tables = kTables2},
    {.tables = kTables3},
    {.tables = kTables4},
};

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

std::string write_version(Dialect dialect, int64_t version) {
  if (dialect == Dialect::kSqlite) return "PRAGMA user_version = " + std::to_string(version);
  return "CREATE TABLE IF NOT EXISTS samovar_version(version BIGINT NOT NULL); DELETE FROM samovar_version;"
         "INSERT INTO samovar_version VALUES (" +
         std::to_string(version) + ")";
}

Result<void> take_step(Database& database, const Migration& step, int64_t to) {
  if (const auto begun = database.begin(); !begun) return begun.error();
  const bool is_sqlite = database.dialect() == Dialect::kSqlite;
  Result<void> done = database.run_script(is_sqlite ? step.tables : to_postgres(step.tables));
  if (done) done = database.run_script(is_sqlite ? step.sqlite : step.postgres);
  if (done) done = database.run_script(write_version(database.dialect(), to));
  if (done) done = database.commit();
  if (!done) static_cast<void>(database.roll_back());
  return done;
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

std::string to_postgres(std::string tables) {
  replace_all(tables, " WITHOUT ROWID", "");
  replace_all(tables, " AUTOINCREMENT", "");
  replace_all(tables, "key INTEGER PRIMARY KEY", "key BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
  replace_all(tables, " INTEGER", " BIGINT");
  replace_all(tables, " TEXT", " TEXT COLLATE \"C\"");
  return tables;
}

Result<int64_t> read_version(Database& database) {
  int64_t version = 0;
  const auto take = [&](const Row& row) { version = row.number(0); };
  Result<void> read;
  if (database.dialect() == Dialect::kSqlite) {
    read = database.run("PRAGMA user_version", {}, take);
  } else {
    read = database.run(
        "SELECT count(*) FROM pg_tables WHERE tablename = 'samovar_version'"
        " AND schemaname = current_schema()",
        {}, take);
    if (read && version > 0) read = database.run("SELECT max(version) FROM samovar_version", {}, take);
  }
  if (!read) return read.error();
  return version;
}

Result<void> migrate(Database& database, std::span<const Migration> steps, const KeepCopy& keep) {
  Result<int64_t> version = read_version(database);
  if (!version) return version.error();
  const auto newest = static_cast<int64_t>(steps.size());
  if (*version > newest) {
    return Error{Code::kUnsupported,
                 database.place() + " was written by a newer Samovar (version " + std::to_string(*version) +
                     " of the tables; this program knows " + std::to_string(newest) +
                     "): update the program, or name another place in SAMOVAR_DATA or SAMOVAR_DATABASE"};
  }
  if (*version > 0 && *version < newest) {
    if (const auto kept = keep(*version); !kept) return kept.error();
  }
  for (int64_t at = *version; at < newest; ++at) {
    const auto taken = take_step(database, steps[static_cast<size_t>(at)], at + 1);
    if (!taken) return taken.error();
  }
  return {};
}

}  // namespace samovar::history
