// The part of SqliteStore about messages, their files, and the search.
#include <algorithm>
#include <map>

#include "history/rows.h"
#include "history/sqlite_store.h"
#include "history/words.h"

namespace samovar::history {
namespace {

constexpr size_t kTrigram = 3;  // shorter parts are not in the index

size_t count_letters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// The parts that the index knows, each quoted: FTS5 wants all of them.
std::string to_match(const std::vector<std::string>& parts) {
  std::string match;
  for (const std::string& part : parts) {
    if (count_letters(part) < kTrigram) continue;
    std::string quoted;
    for (const char c : part) quoted += c == '"' ? "\"\"" : std::string(1, c);
    match += (match.empty() ? "\"" : " \"") + quoted + "\"";
  }
  return match;
}

// Parts that are too short for the index are looked for in what it found, or, without an index, in
// everything.
bool contains_all(const std::string& text, const std::vector<std::string>& parts) {
  const std::string folded = fold_utf8(text);
  return std::all_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return folded.find(part) != std::string::npos; });
}

}  // namespace

Result<void> SqliteStore::add_details(std::vector<Message>& messages) {
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

Result<std::vector<Message>> SqliteStore::read_messages(const char* sql,
                                                        std::initializer_list<Value> values) {
  std::vector<Message> out;
  const auto read = database_->run(sql, values, [&](const Row& row) {
    out.push_back(read_message_row(row));
    if (row.number(kAttachedColumn) != 0) out.back().attachments.resize(1);  // filled in by add_details()
  });
  if (!read) return read.error();
  if (const auto added = add_details(out); !added) return added.error();
  return out;
}

Result<std::optional<Message>> SqliteStore::find_message(int64_t chat, const std::string& id) {
  auto found = read_messages(
      "SELECT " MESSAGE_COLUMNS " FROM " MESSAGE_TABLES " WHERE m.chat = ? AND m.id = ?", {chat, id});
  if (!found) return found.error();
  if (found->empty()) return std::optional<Message>();
  return std::optional<Message>(std::move(found->front()));
}

Result<std::vector<Message>> SqliteStore::list_messages(int64_t chat, int64_t before_seq, int64_t limit) {
  auto found = read_messages("SELECT " MESSAGE_COLUMNS " FROM " MESSAGE_TABLES
                             " WHERE m.chat = ? AND m.seq < ? ORDER BY m.seq DESC LIMIT ?",
                             {chat, before_seq, limit});
  if (found) std::reverse(found->begin(), found->end());
  return found;
}

Result<std::vector<Message>> SqliteStore::list_path(int64_t chat, const std::string& leaf) {
  // UNION ALL could go round for ever in a damaged file; the depth is bounded by what one chat can hold.
  auto found = read_messages(
      "WITH RECURSIVE path(key, parent, depth) AS ("
      " SELECT key, parent, 0 FROM messages WHERE chat = ?1 AND id = ?2"
      " UNION ALL SELECT p.key, p.parent, depth + 1 FROM path JOIN messages p ON p.chat = ?1 AND p.id = "
      "path.parent"
      " WHERE depth < 1000000)"
      " SELECT " MESSAGE_COLUMNS
      " FROM path CROSS JOIN messages m ON m.key = path.key"
      " LEFT JOIN feedback f ON f.message = m.key ORDER BY depth DESC",
      {chat, leaf});
  return found;
}

Result<std::vector<Message>> SqliteStore::list_children(int64_t chat, const std::string& parent) {
  return read_messages("SELECT " MESSAGE_COLUMNS " FROM " MESSAGE_TABLES
                       " WHERE m.chat = ? AND m.parent = ? ORDER BY m.seq",
                       {chat, parent});
}

Result<std::vector<std::string>> SqliteStore::list_subtree(int64_t chat, const std::string& id) {
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

Result<void> SqliteStore::put_message_attachments(const Message& message) {
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

Result<void> SqliteStore::put_message(Message& message) {
  const Value role = std::string_view(to_string(message.role));
  const Value state = std::string_view(to_string(message.state));
  if (message.key != 0) {
    return database_->run(
        "UPDATE messages SET parent = ?, content = ?, thinking = ?, model = ?, state = ?, reason = ?, "
        "error_code = ?,"
        " error_message = ?, stats = ?, edited = ? WHERE key = ? AND chat = ? AND id = ?",
        {message.parent, message.content, message.thinking, message.model, state, message.reason,
         message.error_code, message.error_message, message.stats_json, message.edited_ms, message.key,
         message.chat, message.id});
  }
  auto put = database_->run("SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE chat = ?", {message.chat},
                            [&](const Row& row) { message.seq = row.number(0); });
  if (!put) return put.error();
  put = database_->run(
      "INSERT INTO messages(chat, id, parent, seq, role, content, thinking, model, state, reason, "
      "error_code, error_message,"
      " stats, created, edited) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
      {message.chat, message.id, message.parent, message.seq, role, message.content, message.thinking,
       message.model, state, message.reason, message.error_code, message.error_message, message.stats_json,
       message.created_ms, message.edited_ms});
  if (!put) return put.error();
  message.key = database_->last_key();
  return put_message_attachments(message);
}

Result<void> SqliteStore::erase_messages(int64_t chat, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto done = database_->run("DELETE FROM messages WHERE chat = ? AND id = ?", {chat, id});
    if (!done) return done.error();
  }
  return {};
}

Result<int64_t> SqliteStore::mark_cut() {
  const auto done = database_->run("UPDATE messages SET state = 'cut' WHERE state = 'streaming'");
  if (!done) return done.error();
  return database_->n_changed();
}

Result<std::vector<SearchHit>> SqliteStore::search(const std::string& owner, const std::string& words,
                                                   int64_t limit) {
  std::vector<SearchHit> hits;
  const std::vector<std::string> parts = query_parts(words);
  if (parts.empty()) return hits;
  const std::string match = to_match(parts);
  const auto take = [&](const Row& row) {
    SearchHit hit{row.text(0), row.text(1),
                  row.text(2), row.text(3) == "assistant" ? Role::kAssistant : Role::kUser,
                  row.text(4), row.number(5)};
    if (static_cast<int64_t>(hits.size()) < limit && contains_all(hit.text, parts))
      hits.push_back(std::move(hit));
  };
#define TITLE_HIT "SELECT c.id, c.title, '', 'user', c.title, c.created FROM "
#define MESSAGE_HIT "SELECT c.id, c.title, m.id, m.role, m.content, m.created FROM "
  // Short parts filter what was found, so more is read then than is asked for.
  const int64_t n_read = limit * 4;
  Result<void> read;
  if (match.empty()) {
    read =
        database_->run(TITLE_HIT "chats c WHERE owner = ? AND deleted = 0 ORDER BY key DESC", {owner}, take);
    if (read) {
      read = database_->run(MESSAGE_HIT
                            "messages m JOIN chats c ON c.key = m.chat WHERE c.owner = ? AND c.deleted = 0"
                            " ORDER BY m.key DESC LIMIT 20000",
                            {owner}, take);
    }
  } else {
    read = database_->run(
        TITLE_HIT
        "title_words w CROSS JOIN chats c ON c.key = w.rowid WHERE w.text MATCH ? AND c.owner = ? AND"
        " c.deleted = 0 ORDER BY w.rowid DESC LIMIT ?",
        {match, owner, n_read}, take);
    if (read) {
      read = database_->run(
          MESSAGE_HIT
          "message_words w CROSS JOIN messages m ON m.key = w.rowid JOIN chats c ON c.key = m.chat"
          " WHERE w.text MATCH ? AND c.owner = ? AND c.deleted = 0 ORDER BY w.rowid DESC LIMIT ?",
          {match, owner, n_read}, take);
    }
  }
#undef TITLE_HIT
#undef MESSAGE_HIT
  if (!read) return read.error();
  return hits;
}

Result<void> SqliteStore::put_attachment(const Attachment& file) {
  return database_->run(
      "INSERT INTO attachments(owner, id, name, kind, language, bytes, characters, tokens, created, text)"
      " VALUES (?,?,?,?,?,?,?,?,?,?)",
      {file.owner, file.id, file.name, file.kind, file.language, file.bytes, file.characters, file.tokens,
       file.created_ms, file.text});
}

Result<std::optional<Attachment>> SqliteStore::find_attachment(const std::string& owner,
                                                               const std::string& id) {
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

Result<bool> SqliteStore::erase_attachment(const std::string& owner, const std::string& id) {
  const auto done = database_->run(
      "DELETE FROM attachments WHERE owner = ? AND id = ? AND key NOT IN (SELECT attachment FROM "
      "message_attachments)",
      {owner, id});
  if (!done) return done.error();
  return database_->n_changed() > 0;
}

}  // namespace samovar::history
