// The part of SqlStore about searching. Both databases find parts of words in a trigram index: the same ones.
#include <algorithm>

#include "base/utf8.h"
#include "history/sql_store.h"
#include "history/words.h"

namespace samovar::history {
namespace {

constexpr size_t kTrigram = 3;  // shorter parts are not in the index

// The parts that the index knows, each quoted: FTS5 wants all of them.
std::string to_match(const std::vector<std::string>& parts) {
  std::string match;
  for (const std::string& part : parts) {
    if (count_characters(part) < kTrigram) continue;
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

// PostgreSQL's way: one LIKE for each part, of which the index knows those that are long enough.
struct LikeSearch {
  std::string conditions;
  std::vector<std::string> patterns;
};

LikeSearch to_likes(const std::vector<std::string>& parts) {
  LikeSearch search;
  for (const std::string& part : parts) {
    std::string pattern = "%";
    for (const char c : part) pattern += (c == '%' || c == '_' || c == '\\' ? "\\" : "") + std::string(1, c);
    search.patterns.push_back(pattern + "%");
    search.conditions += " AND w.text LIKE ?" + std::to_string(search.patterns.size() + 2);
  }
  return search;
}

#define TITLE_HIT "SELECT c.id, c.title, '', 'user', c.title, c.created FROM "
#define MESSAGE_HIT "SELECT c.id, c.title, m.id, m.role, m.content, m.created FROM "

struct Queries {
  std::string titles, messages;
  std::vector<Value> values;
};

Queries make_like_queries(const LikeSearch& likes, const std::string& owner, int64_t limit) {
  Queries out;
  out.titles = TITLE_HIT "title_words w JOIN chats c ON c.key = w.chat WHERE c.owner = ?1 AND c.deleted = 0" +
               likes.conditions + " ORDER BY c.key DESC LIMIT ?2";
  out.messages = MESSAGE_HIT
                 "message_words w JOIN messages m ON m.key = w.message JOIN chats c ON c.key = m.chat"
                 " WHERE c.owner = ?1 AND c.deleted = 0" +
                 likes.conditions + " ORDER BY m.key DESC LIMIT ?2";
  out.values = {std::string_view(owner), limit};
  for (const std::string& pattern : likes.patterns) out.values.emplace_back(std::string_view(pattern));
  return out;
}

Queries make_match_queries(const std::string& match, const std::string& owner, int64_t limit) {
  return {TITLE_HIT
          "title_words w CROSS JOIN chats c ON c.key = w.rowid WHERE w.text MATCH ?3 AND c.owner = ?1 AND"
          " c.deleted = 0 ORDER BY w.rowid DESC LIMIT ?2",
          MESSAGE_HIT
          "message_words w CROSS JOIN messages m ON m.key = w.rowid JOIN chats c ON c.key = m.chat"
          " WHERE w.text MATCH ?3 AND c.owner = ?1 AND c.deleted = 0 ORDER BY w.rowid DESC LIMIT ?2",
          {std::string_view(owner), limit, std::string_view(match)}};
}

// No part is long enough for the index: everything is looked through.
Queries make_whole_queries(const std::string& owner) {
  return {TITLE_HIT "chats c WHERE owner = ? AND deleted = 0 ORDER BY key DESC",
          MESSAGE_HIT
          "messages m JOIN chats c ON c.key = m.chat WHERE c.owner = ? AND c.deleted = 0"
          " ORDER BY m.key DESC LIMIT 20000",
          {std::string_view(owner)}};
}

#undef TITLE_HIT
#undef MESSAGE_HIT

}  // namespace

Result<std::vector<SearchHit>> SqlStore::search(const std::string& owner, const std::string& words,
                                                int64_t limit) {
  std::vector<SearchHit> hits;
  const std::vector<std::string> parts = query_parts(words);
  if (parts.empty()) return hits;
  const std::string match = to_match(parts);
  const LikeSearch likes = to_likes(parts);
  const auto take = [&](const Row& row) {
    SearchHit hit{row.text(0), row.text(1),
                  row.text(2), row.text(3) == "assistant" ? Role::kAssistant : Role::kUser,
                  row.text(4), row.number(5)};
    if (static_cast<int64_t>(hits.size()) < limit && contains_all(hit.text, parts))
      hits.push_back(std::move(hit));
  };
  // Short parts filter what was found, so more is read then than is asked for.
  const int64_t n_read = limit * 4;
  const Queries queries = match.empty()   ? make_whole_queries(owner)
                          : is_postgres() ? make_like_queries(likes, owner, n_read)
                                          : make_match_queries(match, owner, n_read);
  auto read = database_->run_values(queries.titles, queries.values, take);
  if (read) read = database_->run_values(queries.messages, queries.values, take);
  if (!read) return read.error();
  return hits;
}

Result<void> SqlStore::index_title(const Chat& chat) {
  if (!is_postgres()) return {};
  return database_->run(
      "INSERT INTO title_words(chat, text) VALUES (?, ?) ON CONFLICT (chat) DO UPDATE SET text = "
      "excluded.text WHERE title_words.text <> excluded.text",
      {chat.key, fold_utf8(chat.title)});
}

// Answers are indexed when they are finished, not while they grow.
Result<void> SqlStore::index_message(const Message& message) {
  if (!is_postgres()) return {};
  if (message.state == MessageState::kStreaming)
    return database_->run("DELETE FROM message_words WHERE message = ?", {message.key});
  return database_->run(
      "INSERT INTO message_words(message, text) VALUES (?, ?) ON CONFLICT (message) DO UPDATE SET text = "
      "excluded.text WHERE message_words.text <> excluded.text",
      {message.key, fold_utf8(message.content)});
}

}  // namespace samovar::history
