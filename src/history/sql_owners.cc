// The part of SqlStore about all that one owner has, and about what is old.
#include "history/rows.h"
#include "history/sql_store.h"

namespace samovar::history {
namespace {

#define OWNER_FIGURES                                                                          \
  "SELECT o.owner, (SELECT count(*) FROM chats c WHERE c.owner = o.owner),"                    \
  " (SELECT count(*) FROM messages m JOIN chats c ON c.key = m.chat WHERE c.owner = o.owner)," \
  " (SELECT count(*) FROM attachments a WHERE a.owner = o.owner),"                             \
  " coalesce((SELECT max(updated) FROM chats c WHERE c.owner = o.owner), 0) FROM "

OwnerFigures read_owner_row(const Row& row) {
  return {.owner = row.text(0),
          .n_chats = row.number(1),
          .n_messages = row.number(2),
          .n_files = row.number(3),
          .last_ms = row.number(4)};
}

}  // namespace

Result<int64_t> SqlStore::erase_old(int64_t before_ms) {
  const auto done = database_->run(
      "DELETE FROM chats WHERE updated < ? AND pinned = 0 AND NOT EXISTS"
      " (SELECT 1 FROM messages m WHERE m.chat = chats.key AND m.state = 'streaming')",
      {before_ms});
  if (!done) return done.error();
  const int64_t n_erased = database_->n_changed();
  if (const auto purged = purge(before_ms); !purged) return purged.error();
  return n_erased;
}

Result<std::vector<OwnerFigures>> SqlStore::list_owners() {
  std::vector<OwnerFigures> out;
  const auto read = database_->run(
      OWNER_FIGURES "(SELECT owner FROM chats UNION SELECT owner FROM attachments) o ORDER BY 5 DESC, 1", {},
      [&](const Row& row) { out.push_back(read_owner_row(row)); });
  if (!read) return read.error();
  return out;
}

Result<OwnerFigures> SqlStore::measure_owner(const std::string& owner) {
  OwnerFigures figures;
  const auto read = database_->run(OWNER_FIGURES "(SELECT ? AS owner) o", {owner},
                                   [&](const Row& row) { figures = read_owner_row(row); });
  if (!read) return read.error();
  return figures;
}

#undef OWNER_FIGURES

Result<std::vector<Chat>> SqlStore::list_every_chat(const std::string& owner, int64_t after_key,
                                                    int64_t limit) {
  std::vector<Chat> out;
  const auto read =
      database_->run("SELECT " CHAT_COLUMNS " FROM chats c WHERE owner = ? AND key > ? ORDER BY key LIMIT ?",
                     {owner, after_key, limit}, [&](const Row& row) { out.push_back(read_chat_row(row)); });
  if (!read) return read.error();
  return out;
}

Result<std::vector<Attachment>> SqlStore::list_attachments(const std::string& owner) {
  std::vector<Attachment> out;
  const auto read =
      database_->run("SELECT " ATTACHMENT_COLUMNS " FROM attachments a WHERE owner = ? ORDER BY a.key",
                     {owner}, [&](const Row& row) { out.push_back(read_attachment_row(row)); });
  if (!read) return read.error();
  return out;
}

Result<void> SqlStore::erase_owner(const std::string& owner) {
  if (const auto done = database_->run("DELETE FROM chats WHERE owner = ?", {owner}); !done)
    return done.error();
  return database_->run("DELETE FROM attachments WHERE owner = ?", {owner});
}

Result<int64_t> SqlStore::move_owner(const std::string& from, const std::string& to) {
  int64_t n_chats = 0;
  for (const char* sql :
       {"UPDATE attachments SET owner = ?2, id = CASE WHEN EXISTS (SELECT 1 FROM attachments o"
        " WHERE o.owner = ?2 AND o.id = attachments.id) THEN 'moved-' || key ELSE id END WHERE owner = ?1",
        "UPDATE chats SET owner = ?2, id = CASE WHEN EXISTS (SELECT 1 FROM chats o"
        " WHERE o.owner = ?2 AND o.id = chats.id) THEN 'moved-' || key ELSE id END WHERE owner = ?1"}) {
    if (const auto moved = database_->run(sql, {from, to}); !moved) return moved.error();
    n_chats = database_->n_changed();
  }
  return n_chats;
}

}  // namespace samovar::history
