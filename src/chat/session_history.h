// SessionHistory: the conversations of the page's users, in memory, so that a follow-up question has its
// context. Bounded in count and bytes: the conversation unused for longest is forgotten first (the page then
// sends it along again). Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace samovar::chat {

struct Turn {
  enum class Role { kUser, kAssistant };
  Role role = Role::kUser;
  std::string content;
  bool partial = false;  // an answer that was stopped or broke off
};

struct HistoryLimits {
  size_t max_chats = 1000;
  size_t max_bytes = size_t{64} << 20U;  // of all texts together
};

// A conversation as it was when an answer was asked for.
struct Snapshot {
  uint64_t version = 0;  // for append_answer()
  std::vector<Turn> turns;
};

class SessionHistory {
 public:
  explicit SessionHistory(const HistoryLimits& limits) : limits_(limits) {}

  // Adds the user's message to the conversation, which begins as `fallback` when it is not known.
  Snapshot append_message(const std::string& chat, std::string text, std::vector<Turn> fallback);

  // Drops what follows the user's last message. nullopt, and nothing changed, when there is no message.
  std::optional<Snapshot> drop_answer(const std::string& chat, std::vector<Turn> fallback);

  // Adds the answer to a snapshot's last message. Nothing happens when the conversation was forgotten or
  // went on since, or when the answer is empty.
  void append_answer(const std::string& chat, uint64_t version, std::string text, bool partial);

  void forget(const std::string& chat);

  // nullopt for an unknown conversation.
  [[nodiscard]] std::optional<std::vector<Turn>> find(const std::string& chat) const;
  [[nodiscard]] size_t n_chats() const;
  [[nodiscard]] size_t n_bytes() const;

 private:
  struct Chat {
    std::string id;
    uint64_t version = 0;
    size_t bytes = 0;
    std::vector<Turn> turns;
  };

  Chat& touch(const std::string& id, std::vector<Turn> fallback);
  void count(Chat& chat);
  void forget_oldest();

  const HistoryLimits limits_;
  mutable std::mutex mutex_;
  std::list<Chat> chats_;  // guarded by mutex_; the one used last first
  std::unordered_map<std::string, std::list<Chat>::iterator> by_id_;  // guarded by mutex_
  size_t bytes_ = 0;                                                  // guarded by mutex_
  uint64_t next_version_ = 1;                                         // guarded by mutex_
};

}  // namespace samovar::chat
