// The part of SqlStore about several servers on one store.
#include <random>

#include "history/news.h"
#include "history/server_number.h"
#include "history/sql_store.h"

namespace samovar::history {

int64_t server_number() {
  static const int64_t number = [] {
    std::random_device source;
    return static_cast<int64_t>(source() % 0x7FFFFFFEU) + 1;
  }();
  return number;
}

Result<void> SqlStore::announce(const std::string& owner) {
  if (!is_postgres()) return {};
  return database_->run("SELECT pg_notify(?, ?)",
                        {std::string_view(kNewsChannel), std::to_string(server_) + " " + owner});
}

Result<bool> SqlStore::is_answered_elsewhere(int64_t chat) {
  bool found = false;
  const auto read =
      database_->run("SELECT 1 FROM messages WHERE chat = ? AND state = 'streaming' AND server <> ? LIMIT 1",
                     {chat, server_}, [&](const Row&) { found = true; });
  if (!read) return read.error();
  return found;
}

// A server on PostgreSQL holds a lock while it is connected. One that lost its connection only for a moment
// writes its answers again, with the state that they have, so that marking them was no harm.
Result<int64_t> SqlStore::mark_cut(CutBy by) {
  if (by == CutBy::kGone && !is_postgres()) return int64_t{0};
  std::vector<Message> cut;
  const auto take = [&](const Row& row) {
    Message message;
    message.key = row.number(0);
    message.content = row.text(1);
    cut.push_back(std::move(message));
  };
  const auto done =
      by == CutBy::kAll
          ? database_->run(
                "UPDATE messages SET state = 'cut', server = 0 WHERE state = 'streaming'"
                " RETURNING key, content",
                {}, take)
          : database_->run(
                "UPDATE messages SET state = 'cut', server = 0 WHERE state = 'streaming' AND server <> ?"
                " AND server NOT IN (SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND "
                "granted"
                " AND classid::bigint = ? AND objsubid = 2"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
                " RETURNING key, content",
                {server_, int64_t{kServerLock}}, take);
  if (!done) return done.error();
  for (const Message& message : cut) {
    if (const auto indexed = index_message(message); !indexed) return indexed.error();
  }
  return static_cast<int64_t>(cut.size());
}

}  // namespace samovar::history
