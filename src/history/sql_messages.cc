// The part of SqlStore about messages, their files, and the search.
#include <algorithm>

#include "history/rows.h"
#include "history/sql_store.h"

namespace samovar::history {

Result<void> SqlStore::add_details(std::vector<Message>& messages) {
  for (Message& message : messages) {
    if (message.attachments.empty()) continue;
    message.attachments.clear();
    const auto read = database_->run(
        "SELECT " ATTACHMENT_COLUMNS
        " FROM message_attachments l JOIN attachments a ON a.key = l.attachment"
        " WHERE l.message = ? ORDER BY l.position",
        {message.key}, [&](const Row& row) { message.attachments.push_back(read_attachment_row(row)); });
    if (!read) return read.error();
  }
  return {};
}

Result<std::vector<Message>> SqlStore::read_messages(const char* sql, std::initializer_list<Value> values) {
  std::vector<Message> out;
  const auto read = database_->run(sql, values, [&](const Row& row) {
    out.push_back(read_message_row(row));
    if (row.number(kAttachedColumn) != 0) out.back().attachments.resize(1);  // filled in by add_details()
  });
  if (!read) return read.error();
  if (const auto added = add_details(out); !added) return added.error();
  return out;
}

Result<std::optional<Message>> SqlStore::find_message(int64_t chat, const std::string& id) {
  auto found = read_messages(
      "SELECT " MESSAGE_COLUMNS " FROM " MESSAGE_TABLES " WHERE m.chat = ? AND m.id = ?", {chat, id});
  if (!found) return found.error();
  if (found->empty()) return std::optional<Message>();
  return std::optional<Message>(std::move(found->front()));
}

Result<std::vector<Message>> SqlStore::list_messages(int64_t chat, int64_t before_seq, int64_t limit) {
  auto found = read_messages("SELECT " MESSAGE_COLUMNS " FROM " MESSAGE_TABLES
                             " WHERE m.chat = ? AND m.seq < ? ORDER BY m.seq DESC LIMIT ?",
                             {chat, before_seq, limit});
  if (found) std::reverse(found->begin(), found->end());
  return found;
}

Result<std::vector<Message>> SqlStore::list_path(int64_t chat, const std::string& leaf) {
  // UNION ALL could go round for ever in a damaged file; the depth is bounded by what one chat can hold.
  auto found = read_messages(
      "WITH RECURSIVE path(key, parent, depth) AS ("
      " SELECT key, parent, 0 FROM messages WHERE chat = ?1 AND id = ?2"
      " UNION ALL SELECT p.key, p.parent, depth + 1 FROM path JOIN messages p ON p.chat = ?1 AND p.id = "
      "path.parent"
      " WHERE depth < 1000000)"
      " SELECT " MESSAGE_COLUMNS
      " FROM path LEFT JOIN messages m ON m.key = path.key"  // LEFT: SQLite walks along the path
      " LEFT JOIN feedback f ON f.message = m.key ORDER BY depth DESC",
      {chat, leaf});
  return found;
}

Result<std::vector<Message>> SqlStore::list_children(int64_t chat, const std::string& parent) {
  return read_messages("SELECT " MESSAGE_COLUMNS " FROM " MESSAGE_TABLES
                       " WHERE m.chat = ? AND m.parent = ? ORDER BY m.seq",
                       {chat, parent});
}

Result<std::vector<std::string>> SqlStore::list_subtree(int64_t chat, const std::string& id) {
  std::vector<std::string> out;
  const auto read = database_->run(
      "WITH RECURSIVE below(id, depth) AS ("
      " SELECT id, 0 FROM messages WHERE chat = ?1 AND id = ?2"
      " UNION ALL SELECT m.id, depth + 1 FROM below JOIN messages m ON m.chat = ?1 AND m.parent = below.id"
      " WHERE depth < 1000000)"
      " SELECT id FROM below ORDER BY depth",
      {chat, id}, [&](const Row& row) { out.push_back(row.text(0)); });
  if (!read) return read.error();
  return out;
}

Result<void> SqlStore::put_message_attachments(const Message& message) {
  int64_t position = 0;
  for (const Attachment& file : message.attachments) {
    const auto put = database_->run(
        "INSERT INTO message_attachments(message, position, attachment)"
        " SELECT ?, ?, key FROM attachments WHERE owner = (SELECT owner FROM chats WHERE key = ?) AND id = ?",
        {message.key, position++, message.chat, file.id});
    if (!put) return put.error();
    if (database_->n_changed() == 0) return Error{Code::kNotFound, "attachment '" + file.id + "' not found"};
  }
  return {};
}

Result<void> SqlStore::put_message(Message& message) {
  const Value role = std::string_view(to_string(message.role));
  const Value state = std::string_view(to_string(message.state));
  const int64_t server = message.state == MessageState::kStreaming ? server_ : 0;
  if (message.key != 0) {
    const auto put = database_->run(
        "UPDATE messages SET parent = ?, content = ?, thinking = ?, model = ?, state = ?, reason = ?, "
        "error_code = ?,"
        " error_message = ?, stats = ?, edited = ?, server = ? WHERE key = ? AND chat = ? AND id = ?",
        {message.parent, message.content, message.thinking, message.model, state, message.reason,
         message.error_code, message.error_message, message.stats_json, message.edited_ms, server,
         message.key, message.chat, message.id});
    return put && database_->n_changed() > 0 ? index_message(message) : put;
  }
  auto put = database_->run("SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE chat = ?", {message.chat},
                            [&](const Row& row) { message.seq = row.number(0); });
  if (!put) return put.error();
  put = database_->run(
      "INSERT INTO messages(chat, id, parent, seq, role, content, thinking, model, state, reason, "
      "error_code, error_message,"
      " stats, created, edited, server) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
      " ON CONFLICT DO NOTHING RETURNING key",
      {message.chat, message.id, message.parent, message.seq, role, message.content, message.thinking,
       message.model, state, message.reason, message.error_code, message.error_message, message.stats_json,
       message.created_ms, message.edited_ms, server},
      [&](const Row& row) { message.key = row.number(0); });
  if (!put) return put.error();
  if (message.key == 0) return Error{Code::kConflict, "there is a message '" + message.id + "' already"};
  if (const auto indexed = index_message(message); !indexed) return indexed.error();
  return put_message_attachments(message);
}

Result<void> SqlStore::erase_messages(int64_t chat, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto done = database_->run("DELETE FROM messages WHERE chat = ? AND id = ?", {chat, id});
    if (!done) return done.error();
  }
  return {};
}

Result<void> SqlStore::put_attachment(const Attachment& file) {
  return database_->run(
      "INSERT INTO attachments(owner, id, name, kind, language, bytes, characters, tokens, created, text)"
      " VALUES (?,?,?,?,?,?,?,?,?,?)",
      {file.owner, file.id, file.name, file.kind, file.language, file.bytes, file.characters, file.tokens,
       file.created_ms, file.text});
}

Result<std::optional<Attachment>> SqlStore::find_attachment(const std::string& owner, const std::string& id) {
  std::optional<Attachment> found;
  const auto read =
      database_->run("SELECT " ATTACHMENT_COLUMNS ", a.text FROM attachments a WHERE owner = ? AND id = ?",
                     {owner, id}, [&](const Row& row) {
                       found = read_attachment_row(row);
                       found->text = row.text(9);
                     });
  if (!read) return read.error();
  return found;
}

Result<bool> SqlStore::erase_attachment(const std::string& owner, const std::string& id) {
  const auto done = database_->run(
      "DELETE FROM attachments WHERE owner = ? AND id = ? AND key NOT IN (SELECT attachment FROM "
      "message_attachments)",
      {owner, id});
  if (!done) return done.error();
  return database_->n_changed() > 0;
}

}  // namespace samovar::history
