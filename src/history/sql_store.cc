#include "history/sql_store.h"

#include <algorithm>
#include <cstdio>

#include "history/copies.h"
#include "history/rows.h"
#include "history/sqlite_database.h"

namespace samovar::history {
namespace {

// FULL: what was committed survives a power cut. Small caches: the memory belongs to the model.
constexpr const char* kPragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = "
    "-2000;"
    "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;";

}  // namespace

Result<std::unique_ptr<SqlStore>> SqlStore::open(const std::filesystem::path& path,
                                                 std::span<const Migration> steps) {
  auto database = SqliteDatabase::open(path.string());
  if (!database) return database.error();
  if (const auto set = (*database)->run_script(kPragmas); !set) return set.error();
  const auto keep = [&](int64_t version) {
    return copy_sqlite(**database, path.string() + ".before-v" + std::to_string(version + 1));
  };
  if (const auto done = migrate(**database, steps, keep); !done) return done.error();
  return std::make_unique<SqlStore>(*std::move(database));
}

Result<std::unique_ptr<SqlStore>> SqlStore::open(const std::filesystem::path& path) {
  return open(path, migrations());
}

Result<std::unique_ptr<SqlStore>> SqlStore::open_in_memory() { return open(":memory:"); }

Result<void> SqlStore::transact(Step step) {
  switch (step) {
    case Step::kBegin:
      is_writing_ = true;
      return database_->begin();
    case Step::kCommit:
      is_writing_ = false;
      return database_->commit();
    case Step::kRollBack:
      is_writing_ = false;
      return database_->roll_back();
    case Step::kMark:
      return database_->run("SAVEPOINT mark");
    case Step::kForgetMark:
      return database_->run("RELEASE SAVEPOINT mark");
    case Step::kBackToMark:
      if (const auto back = database_->run("ROLLBACK TO SAVEPOINT mark"); !back) return back.error();
      return database_->run("RELEASE SAVEPOINT mark");
  }
  return {};
}

Result<std::optional<Chat>> SqlStore::read_chat(const char* sql, std::initializer_list<Value> values) {
  std::optional<Chat> found;
  const auto read = database_->run(sql, values, [&](const Row& row) { found = read_chat_row(row); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<Chat>> SqlStore::find_chat(const std::string& owner, const std::string& id) {
  // Who changes a chat reads it first: other servers wait for its lock until that is written.
  if (is_writing_ && is_postgres()) {
    return read_chat("SELECT " CHAT_COLUMNS " FROM chats c WHERE owner = ? AND id = ? FOR UPDATE",
                     {owner, id});
  }
  return read_chat("SELECT " CHAT_COLUMNS " FROM chats c WHERE owner = ? AND id = ?", {owner, id});
}

Result<std::optional<Chat>> SqlStore::find_chat_by_key(int64_t key) {
  return read_chat("SELECT " CHAT_COLUMNS " FROM chats c WHERE key = ?", {key});
}

Result<std::optional<Chat>> SqlStore::find_shared_chat(const std::string& token) {
  if (token.empty()) return std::optional<Chat>();
  return read_chat("SELECT " CHAT_COLUMNS " FROM chats c WHERE share = ? AND share <> '' AND deleted = 0",
                   {token});
}

Result<ChatPage> SqlStore::list_chats(const ChatQuery& query) {
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
  const std::string tag = "\n" + query.tag.value_or("") + "\n";
  const auto read = database_->run(
      "SELECT " CHAT_COLUMNS
      " FROM chats c WHERE owner = ?1 AND deleted = 0 AND (pinned, updated, key) < (?2, ?3, ?4)"
      " AND (?5 = 0 OR folder = ?6)"
      " AND (?7 = 0 OR replace(?8 || tags || ?8, ?9, '') <> ?8 || tags || ?8)"
      " ORDER BY pinned DESC, updated DESC, key DESC LIMIT ?10",
      {query.owner, pinned, updated, key, int64_t{query.folder.has_value()}, query.folder.value_or(""),
       int64_t{query.tag.has_value()}, std::string_view("\n"), tag, query.limit + 1},
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

Result<Labels> SqlStore::list_labels(const std::string& owner) {
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

Result<void> SqlStore::put_chat(Chat& chat) {
  const std::string tags = join_lines(chat.tags);
  const int64_t pinned = chat.pinned ? 1 : 0;
  if (chat.key != 0) {
    const auto put = database_->run(
        "UPDATE chats SET title = ?, title_by = ?, created = ?, updated = ?, pinned = ?, folder = ?, tags = "
        "?, model = ?,"
        " profile = ?, settings = ?, leaf = ?, share = ?, deleted = ? WHERE key = ?",
        {chat.title, chat.title_by, chat.created_ms, chat.updated_ms, pinned, chat.folder, tags, chat.model,
         chat.profile, chat.settings_json, chat.leaf, chat.share_token, chat.deleted_ms, chat.key});
    return put ? index_title(chat) : put;
  }
  const auto put = database_->run(
      "INSERT INTO chats(owner, id, title, title_by, created, updated, pinned, folder, tags, model, profile, "
      "settings, leaf,"
      " share, deleted) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING RETURNING key",
      {chat.owner, chat.id, chat.title, chat.title_by, chat.created_ms, chat.updated_ms, pinned, chat.folder,
       tags, chat.model, chat.profile, chat.settings_json, chat.leaf, chat.share_token, chat.deleted_ms},
      [&](const Row& row) { chat.key = row.number(0); });
  if (!put) return put.error();
  if (chat.key == 0) return Error{Code::kConflict, "there is a chat '" + chat.id + "' already"};
  return index_title(chat);
}

Result<void> SqlStore::erase_chat(int64_t key) {
  return database_->run("DELETE FROM chats WHERE key = ?", {key});
}

Result<void> SqlStore::purge(int64_t before_ms) {
  if (const auto done = database_->run("DELETE FROM chats WHERE deleted <> 0 AND deleted < ?", {before_ms});
      !done)
    return done.error();
  return database_->run(
      "DELETE FROM attachments WHERE created < ? AND key NOT IN (SELECT attachment FROM message_attachments)",
      {before_ms});
}

Result<void> SqlStore::erase_idle(int64_t before_ms) {
  if (const auto done = database_->run("DELETE FROM chats WHERE updated < ?", {before_ms}); !done) {
    return done.error();
  }
  return purge(before_ms);
}

Result<void> SqlStore::put_feedback(int64_t message, const std::optional<Feedback>& feedback) {
  if (!feedback) return database_->run("DELETE FROM feedback WHERE message = ?", {message});
  return database_->run(
      "INSERT INTO feedback(message, rating, comment, created) VALUES (?,?,?,?) ON CONFLICT"
      " (message) DO UPDATE SET rating = excluded.rating, comment = excluded.comment,"
      " created = excluded.created",
      {message, feedback->rating, feedback->comment, feedback->created_ms});
}

Result<std::vector<RatedAnswer>> SqlStore::list_feedback(const std::string& owner, int64_t after_key,
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

Result<Figures> SqlStore::measure() {
  Figures figures;
  auto read = database_->run("SELECT count(*) FROM chats WHERE deleted = 0", {},
                             [&](const Row& row) { figures.n_chats = row.number(0); });
  if (read)
    read = database_->run("SELECT count(*) FROM messages", {},
                          [&](const Row& row) { figures.n_messages = row.number(0); });
  const char* const size =
      is_postgres() ? "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
                      " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
                    : "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
  if (read) read = database_->run(size, {}, [&](const Row& row) { figures.bytes = row.number(0); });
  if (!read) return read.error();
  return figures;
}

}  // namespace samovar::history
