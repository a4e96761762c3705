// Conversations in an SQL database (schema.h): an SQLite file, SQLite in memory, or PostgreSQL, on which
// several servers may work at once. What differs between the two is in search (sql_search.cc), in finding
// unfinished answers of servers that are gone, and in that PostgreSQL locks the chats that are to be written.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "history/database.h"
#include "history/schema.h"
#include "history/server_number.h"
#include "history/sql_accounts.h"
#include "history/store.h"

namespace samovar::history {

class SqlStore : public Store {
 public:
  // Opens or creates the file and brings its tables up to date; a file of an older version is copied to
  // "<path>.before-v<N>" first. kCorrupt: the file is damaged (open_archive() puts it aside); kUnsupported:
  // it is a newer program's; kIo.
  [[nodiscard]] static Result<std::unique_ptr<SqlStore>> open(const std::filesystem::path& path);
  [[nodiscard]] static Result<std::unique_ptr<SqlStore>> open_in_memory();
  // For tests: with other migrations than the program's.
  [[nodiscard]] static Result<std::unique_ptr<SqlStore>> open(const std::filesystem::path& path,
                                                              std::span<const Migration> steps);
  // On tables that are up to date.
  explicit SqlStore(std::unique_ptr<Database> database, int64_t server = server_number())
      : database_(std::move(database)), accounts_(*database_), server_(server) {}

  Result<void> transact(Step step) override;
  Result<std::optional<Chat>> find_chat(const std::string& owner, const std::string& id) override;
  Result<std::optional<Chat>> find_chat_by_key(int64_t key) override;
  Result<std::optional<Chat>> find_shared_chat(const std::string& token) override;
  Result<ChatPage> list_chats(const ChatQuery& query) override;
  Result<Labels> list_labels(const std::string& owner) override;
  Result<void> put_chat(Chat& chat) override;
  Result<void> erase_chat(int64_t key) override;
  Result<void> purge(int64_t before_ms) override;
  Result<void> erase_idle(int64_t before_ms) override;
  Result<int64_t> erase_old(int64_t before_ms) override;
  Result<std::vector<OwnerFigures>> list_owners() override;
  Result<OwnerFigures> measure_owner(const std::string& owner) override;
  Result<std::vector<Chat>> list_every_chat(const std::string& owner, int64_t after_key,
                                            int64_t limit) override;
  Result<std::vector<Attachment>> list_attachments(const std::string& owner) override;
  Result<void> erase_owner(const std::string& owner) override;
  Result<int64_t> move_owner(const std::string& from, const std::string& to) override;
  Result<std::optional<Message>> find_message(int64_t chat, const std::string& id) override;
  Result<std::vector<Message>> list_messages(int64_t chat, int64_t before_seq, int64_t limit) override;
  Result<std::vector<Message>> list_path(int64_t chat, const std::string& leaf) override;
  Result<std::vector<Message>> list_children(int64_t chat, const std::string& parent) override;
  Result<std::vector<std::string>> list_subtree(int64_t chat, const std::string& id) override;
  Result<void> put_message(Message& message) override;
  Result<void> erase_messages(int64_t chat, const std::vector<std::string>& ids) override;
  [[nodiscard]] bool is_shared() const override { return is_postgres(); }
  Result<void> announce(const std::string& owner) override;
  Result<bool> is_answered_elsewhere(int64_t chat) override;
  Result<int64_t> mark_cut(CutBy by) override;
  Result<std::vector<SearchHit>> search(const std::string& owner, const std::string& words,
                                        int64_t limit) override;
  Result<void> put_feedback(int64_t message, const std::optional<Feedback>& feedback) override;
  Result<std::vector<RatedAnswer>> list_feedback(const std::string& owner, int64_t after_key,
                                                 int64_t limit) override;
  Result<void> put_attachment(const Attachment& attachment) override;
  Result<std::optional<Attachment>> find_attachment(const std::string& owner, const std::string& id) override;
  Result<bool> erase_attachment(const std::string& owner, const std::string& id) override;
  Result<Figures> measure() override;
  [[nodiscard]] AccountStore& accounts() override { return accounts_; }

  [[nodiscard]] Database& database() { return *database_; }

 private:
  [[nodiscard]] bool is_postgres() const { return database_->dialect() == Dialect::kPostgres; }
  Result<void> add_details(std::vector<Message>& messages);
  Result<std::vector<Message>> read_messages(const char* sql, std::initializer_list<Value> values);
  Result<std::optional<Chat>> read_chat(const char* sql, std::initializer_list<Value> values);
  Result<void> put_message_attachments(const Message& message);
  // PostgreSQL's index of words (SQLite's fills itself).
  Result<void> index_title(const Chat& chat);
  Result<void> index_message(const Message& message);

  std::unique_ptr<Database> database_;
  SqlAccounts accounts_;
  const int64_t server_;     // which writes answers here
  bool is_writing_ = false;  // inside a transaction
};

}  // namespace samovar::history
