#include "history/sqlite_store.h"

#include <algorithm>
#include <cstdio>

#include "history/rows.h"
#include "history/schema.h"

namespace samovar::history {
namespace {

// FULL: what was committed survives a power cut. Small caches: the memory belongs to the model.
constexpr const char* kPragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = "
    "-2000;"
    "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;";

Result<void> prepare_file(Database& database, const std::string& path, std::span<const char* const> steps) {
  if (const auto set = database.run_script(kPragmas); !set) return set.error();
  return migrate(database, path, steps);
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& path,
                                                       std::span<const char* const> steps) {
  auto database = Database::open(path.string());
  if (!database) return database.error();
  if (const auto prepared = prepare_file(**database, path.string(), steps); !prepared)
    return prepared.error();
  return std::unique_ptr<SqliteStore>(new SqliteStore(*std::move(database)));
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& path) {
  return open(path, migrations());
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_in_memory() { return open(":memory:"); }

Result<void> SqliteStore::transact(Step step) {
  switch (step) {
    case Step::kBegin:
      return database_->run("BEGIN IMMEDIATE");
    case Step::kCommit:
      return database_->run("COMMIT");
    case Step::kRollBack:
      return database_->run("ROLLBACK");
    case Step::kMark:
      return database_->run("SAVEPOINT mark");
    case Step::kForgetMark:
      return database_->run("RELEASE mark");
    case Step::kBackToMark:
      if (const auto back = database_->run("ROLLBACK TO mark"); !back) return back.error();
      return database_->run("RELEASE mark");
  }
  return {};
}

Result<std::optional<Chat>> SqliteStore::read_chat(const char* sql, std::initializer_list<Value> values) {
  std::optional<Chat> found;
  const auto read = database_->run(sql, values, [&](const Row& row) { found = read_chat_row(row); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<Chat>> SqliteStore::find_chat(const std::string& owner, const std::string& id) {
  return read_chat("SELECT " CHAT_COLUMNS " FROM chats c WHERE owner = ? AND id = ?", {owner, id});
}

Result<std::optional<Chat>> SqliteStore::find_chat_by_key(int64_t key) {
  return read_chat("SELECT " CHAT_COLUMNS " FROM chats c WHERE key = ?", {key});
}

Result<std::optional<Chat>> SqliteStore::find_shared_chat(const std::string& token) {
  if (token.empty()) return std::optional<Chat>();
  return read_chat("SELECT " CHAT_COLUMNS " FROM chats c WHERE share = ? AND share <> '' AND deleted = 0",
                   {token});
}

Result<ChatPage> SqliteStore::list_chats(const ChatQuery& query) {
  // The cursor is the place of the last one in the order: "pinned updated key".
  int64_t pinned = 2;
  int64_t updated = 0;
  int64_t key = 0;
  if (!query.cursor.empty() &&
      std::sscanf(query.cursor.c_str(), "%ld.%ld.%ld", &pinned, &updated, &key) != 3) {
    return Error{Code::kInvalidArgument, "before: '" + query.cursor + "' is no place in the list"};
  }
  ChatPage page;
  // A tag's line is compared with the line breaks around it.
  const auto read = database_->run(
      "SELECT " CHAT_COLUMNS
      " FROM chats c WHERE owner = ?1 AND deleted = 0 AND (pinned, updated, key) < (?2, ?3, ?4)"
      " AND (?5 = 0 OR folder = ?6) AND (?7 = 0 OR instr(char(10) || tags || char(10), char(10) || ?8 || "
      "char(10)) > 0)"
      " ORDER BY pinned DESC, updated DESC, key DESC LIMIT ?9",
      {query.owner, pinned, updated, key, int64_t{query.folder.has_value()}, query.folder.value_or(""),
       int64_t{query.tag.has_value()}, query.tag.value_or(""), query.limit + 1},
      [&](const Row& row) { page.chats.push_back(read_chat_row(row)); });
  if (!read) return read.error();
  if (static_cast<int64_t>(page.chats.size()) > query.limit) {
    page.chats.pop_back();
    const Chat& last = page.chats.back();
    page.next = std::to_string(int64_t{last.pinned}) + "." + std::to_string(last.updated_ms) + "." +
                std::to_string(last.key);
  }
  return page;
}

Result<Labels> SqliteStore::list_labels(const std::string& owner) {
  Labels labels;
  auto read = database_->run(
      "SELECT DISTINCT folder FROM chats WHERE owner = ? AND deleted = 0 AND folder <> '' ORDER BY folder",
      {owner}, [&](const Row& row) { labels.folders.push_back(row.text(0)); });
  if (!read) return read.error();
  read = database_->run("SELECT DISTINCT tags FROM chats WHERE owner = ? AND deleted = 0 AND tags <> ''",
                        {owner}, [&](const Row& row) {
                          for (std::string& tag : split_lines(row.text(0)))
                            labels.tags.push_back(std::move(tag));
                        });
  if (!read) return read.error();
  std::sort(labels.tags.begin(), labels.tags.end());
  labels.tags.erase(std::unique(labels.tags.begin(), labels.tags.end()), labels.tags.end());
  read = database_->run("SELECT count(*) FROM chats WHERE owner = ? AND deleted = 0", {owner},
                        [&](const Row& row) { labels.n_chats = row.number(0); });
  if (!read) return read.error();
  return labels;
}

Result<void> SqliteStore::put_chat(Chat& chat) {
  const std::string tags = join_lines(chat.tags);
  const int64_t pinned = chat.pinned ? 1 : 0;
  if (chat.key != 0) {
    return database_->run(
        "UPDATE chats SET title = ?, title_by = ?, created = ?, updated = ?, pinned = ?, folder = ?, tags = "
        "?, model = ?,"
        " profile = ?, settings = ?, leaf = ?, share = ?, deleted = ? WHERE key = ?",
        {chat.title, chat.title_by, chat.created_ms, chat.updated_ms, pinned, chat.folder, tags, chat.model,
         chat.profile, chat.settings_json, chat.leaf, chat.share_token, chat.deleted_ms, chat.key});
  }
  const auto put = database_->run(
      "INSERT INTO chats(owner, id, title, title_by, created, updated, pinned, folder, tags, model, profile, "
      "settings, leaf,"
      " share, deleted) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      {chat.owner, chat.id, chat.title, chat.title_by, chat.created_ms, chat.updated_ms, pinned, chat.folder,
       tags, chat.model, chat.profile, chat.settings_json, chat.leaf, chat.share_token, chat.deleted_ms});
  if (!put) return put.error();
  chat.key = database_->last_key();
  return {};
}

Result<void> SqliteStore::erase_chat(int64_t key) {
  return database_->run("DELETE FROM chats WHERE key = ?", {key});
}

Result<void> SqliteStore::purge(int64_t before_ms) {
  if (const auto done = database_->run("DELETE FROM chats WHERE deleted <> 0 AND deleted < ?", {before_ms});
      !done)
    return done.error();
  return database_->run(
      "DELETE FROM attachments WHERE created < ? AND key NOT IN (SELECT attachment FROM message_attachments)",
      {before_ms});
}

Result<void> SqliteStore::erase_idle(int64_t before_ms) {
  if (const auto done = database_->run("DELETE FROM chats WHERE updated < ?", {before_ms}); !done) {
    return done.error();
  }
  return purge(before_ms);
}

Result<void> SqliteStore::put_feedback(int64_t message, const std::optional<Feedback>& feedback) {
  if (!feedback) return database_->run("DELETE FROM feedback WHERE message = ?", {message});
  return database_->run("INSERT OR REPLACE INTO feedback(message, rating, comment, created) VALUES (?,?,?,?)",
                        {message, feedback->rating, feedback->comment, feedback->created_ms});
}

Result<std::vector<RatedAnswer>> SqliteStore::list_feedback(const std::string& owner, int64_t after_key,
                                                            int64_t limit) {
  std::vector<RatedAnswer> out;
  const auto read =
      database_->run("SELECT " MESSAGE_COLUMNS
                     " FROM feedback f JOIN messages m ON m.key = f.message JOIN chats c ON c.key = m.chat"
                     " WHERE f.message > ? AND c.owner = ? AND c.deleted = 0 ORDER BY f.message LIMIT ?",
                     {after_key, owner, limit}, [&](const Row& row) {
                       RatedAnswer rated;
                       rated.answer = read_message_row(row);
                       rated.key = rated.answer.key;
                       out.push_back(std::move(rated));
                     });
  if (!read) return read.error();
  for (RatedAnswer& rated : out) {
    Result<std::optional<Chat>> chat = find_chat_by_key(rated.answer.chat);
    if (!chat) return chat.error();
    if (*chat) rated.chat = *std::move(*chat);
  }
  return out;
}

Result<Figures> SqliteStore::measure() {
  Figures figures;
  auto read = database_->run("SELECT count(*) FROM chats WHERE deleted = 0", {},
                             [&](const Row& row) { figures.n_chats = row.number(0); });
  if (read)
    read = database_->run("SELECT count(*) FROM messages", {},
                          [&](const Row& row) { figures.n_messages = row.number(0); });
  int64_t pages = 0;
  if (read) read = database_->run("PRAGMA page_count", {}, [&](const Row& row) { pages = row.number(0); });
  if (read)
    read = database_->run("PRAGMA page_size", {},
                          [&](const Row& row) { figures.bytes = pages * row.number(0); });
  if (!read) return read.error();
  return figures;
}

}  // namespace samovar::history
