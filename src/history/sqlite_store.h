// Conversations in an SQLite file (schema.h), or in memory.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "history/database.h"
#include "history/sqlite_accounts.h"
#include "history/store.h"

namespace samovar::history {

class SqliteStore : public Store {
 public:
  // Opens or creates the file and brings its tables up to date. kCorrupt: the file is damaged
  // (open_or_replace() in archive.h puts it aside); kUnsupported: it is a newer program's; kIo.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& path);
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open_in_memory();
  // For tests: with other migrations than the program's.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& path,
                                                                 std::span<const char* const> steps);

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
  Result<std::optional<Message>> find_message(int64_t chat, const std::string& id) override;
  Result<std::vector<Message>> list_messages(int64_t chat, int64_t before_seq, int64_t limit) override;
  Result<std::vector<Message>> list_path(int64_t chat, const std::string& leaf) override;
  Result<std::vector<Message>> list_children(int64_t chat, const std::string& parent) override;
  Result<std::vector<std::string>> list_subtree(int64_t chat, const std::string& id) override;
  Result<void> put_message(Message& message) override;
  Result<void> erase_messages(int64_t chat, const std::vector<std::string>& ids) override;
  Result<int64_t> mark_cut() override;
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
  explicit SqliteStore(std::unique_ptr<Database> database)
      : database_(std::move(database)), accounts_(*database_) {}
  Result<void> add_details(std::vector<Message>& messages);
  Result<std::vector<Message>> read_messages(const char* sql, std::initializer_list<Value> values);
  Result<std::optional<Chat>> read_chat(const char* sql, std::initializer_list<Value> values);
  Result<void> put_message_attachments(const Message& message);

  std::unique_ptr<Database> database_;
  SqliteAccounts accounts_;
};

}  // namespace samovar::history
