// The interface behind which conversations are kept (sql_store.h: SQLite or PostgreSQL). Every call may wait
// for the disk or the network: archive.h keeps them off the server's thread. One thread at a time per store;
// several stores may share a file or a database. All fail with kIo (the disk is full or refuses, the database
// is gone), kCorrupt or kBusy besides what is said here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "history/account_store.h"
#include "history/records.h"

namespace samovar::history {

class Store {
 public:
  virtual ~Store() = default;

  // A transaction, with marks inside to which it can go back.
  enum class Step { kBegin, kCommit, kRollBack, kMark, kForgetMark, kBackToMark };
  virtual Result<void> transact(Step step) = 0;

  // Chats. Deleted ones are found as well, but not listed; nothing is found of other owners.
  virtual Result<std::optional<Chat>> find_chat(const std::string& owner, const std::string& id) = 0;
  virtual Result<std::optional<Chat>> find_chat_by_key(int64_t key) = 0;
  virtual Result<std::optional<Chat>> find_shared_chat(const std::string& token) = 0;
  virtual Result<ChatPage> list_chats(const ChatQuery& query) = 0;  // pinned first, then the newest change
  virtual Result<Labels> list_labels(const std::string& owner) = 0;
  // Inserts (key 0; sets it) or replaces. kConflict for an id that the owner has already.
  virtual Result<void> put_chat(Chat& chat) = 0;
  virtual Result<void> erase_chat(int64_t key) = 0;  // with its messages
  // Erases chats deleted before that time, and files that no message uses and that are older than that.
  virtual Result<void> purge(int64_t before_ms) = 0;
  // Erases chats that were not changed since, and what purge() would: for a store of temporary ones.
  virtual Result<void> erase_idle(int64_t before_ms) = 0;

  // Erases chats that were not changed since and are neither pinned nor being answered, and what purge()
  // would; how many chats.
  virtual Result<int64_t> erase_old(int64_t before_ms) = 0;

  // All of one owner. Chats in the order of making, deleted ones too, with a key above `after_key`.
  virtual Result<std::vector<OwnerFigures>> list_owners() = 0;
  virtual Result<OwnerFigures> measure_owner(const std::string& owner) = 0;
  virtual Result<std::vector<Chat>> list_every_chat(const std::string& owner, int64_t after_key,
                                                    int64_t limit) = 0;
  virtual Result<std::vector<Attachment>> list_attachments(const std::string& owner) = 0;  // without texts
  virtual Result<void> erase_owner(const std::string& owner) = 0;
  // Gives all that one owner has to another; what has an id that the other has already gets a new one. How
  // many chats.
  virtual Result<int64_t> move_owner(const std::string& from, const std::string& to) = 0;

  // Messages, with attachments (their texts left out) and feedback.
  virtual Result<std::optional<Message>> find_message(int64_t chat, const std::string& id) = 0;
  // The newest `limit` with a seq below `before_seq`, in the order of seq.
  virtual Result<std::vector<Message>> list_messages(int64_t chat, int64_t before_seq, int64_t limit) = 0;
  virtual Result<std::vector<Message>> list_path(int64_t chat, const std::string& leaf) = 0;  // root first
  virtual Result<std::vector<Message>> list_children(int64_t chat, const std::string& parent) = 0;
  virtual Result<std::vector<std::string>> list_subtree(int64_t chat, const std::string& id) = 0;  // and `id`
  // Inserts (key 0; sets key and seq) or replaces all but place and feedback. kConflict for an id in use.
  virtual Result<void> put_message(Message& message) = 0;
  virtual Result<void> erase_messages(int64_t chat, const std::vector<std::string>& ids) = 0;
  // Whether other servers may be writing here at the same time.
  [[nodiscard]] virtual bool is_shared() const = 0;
  // Tells the other servers that the owner's conversations have changed, when the transaction is committed.
  virtual Result<void> announce(const std::string& owner) = 0;
  // Whether another server is writing an answer in the chat.
  virtual Result<bool> is_answered_elsewhere(int64_t chat) = 0;
  // Unfinished answers become `cut`: kAll, for the first server on the store; kGone: those of other servers
  // that are gone (none where that cannot be known). How many there were.
  enum class CutBy { kAll, kGone };
  virtual Result<int64_t> mark_cut(CutBy by) = 0;

  // Every word of `words` (or another form of it) occurs; titles first, then messages, newest first.
  virtual Result<std::vector<SearchHit>> search(const std::string& owner, const std::string& words,
                                                int64_t limit) = 0;

  virtual Result<void> put_feedback(int64_t message, const std::optional<Feedback>& feedback) = 0;
  virtual Result<std::vector<RatedAnswer>> list_feedback(const std::string& owner, int64_t after_key,
                                                         int64_t limit) = 0;

  virtual Result<void> put_attachment(const Attachment& attachment) = 0;
  virtual Result<std::optional<Attachment>> find_attachment(const std::string& owner,
                                                            const std::string& id) = 0;
  // One that no message uses; false when one does, or there is none.
  virtual Result<bool> erase_attachment(const std::string& owner, const std::string& id) = 0;

  virtual Result<Figures> measure() = 0;

  // Accounts, in the same transactions. Lives as long as the store.
  [[nodiscard]] virtual AccountStore& accounts() = 0;
};

}  // namespace samovar::history
