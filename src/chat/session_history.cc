#include "chat/session_history.h"

#include <utility>

namespace samovar::chat {
namespace {

size_t count_bytes(const std::vector<Turn>& turns) {
  size_t bytes = 0;
  for (const Turn& turn : turns) bytes += turn.content.size() + sizeof(Turn);
  return bytes;
}

bool has_message(const std::vector<Turn>& turns) {
  for (const Turn& turn : turns) {
    if (turn.role == Turn::Role::kUser) return true;
  }
  return false;
}

}  // namespace

SessionHistory::Chat& SessionHistory::touch(const std::string& id, std::vector<Turn> fallback) {
  const auto known = by_id_.find(id);
  if (known != by_id_.end()) {
    chats_.splice(chats_.begin(), chats_, known->second);
  } else {
    chats_.push_front(Chat{.id = id, .version = 0, .bytes = 0, .turns = std::move(fallback)});
    by_id_.emplace(id, chats_.begin());
  }
  return chats_.front();
}

// After every change of a conversation.
void SessionHistory::count(Chat& chat) {
  bytes_ -= chat.bytes;
  chat.bytes = count_bytes(chat.turns);
  bytes_ += chat.bytes;
  chat.version = next_version_++;
}

void SessionHistory::forget_oldest() {
  // The conversation in use stays, however large it is.
  while (chats_.size() > 1 && (chats_.size() > limits_.max_chats || bytes_ > limits_.max_bytes)) {
    bytes_ -= chats_.back().bytes;
    by_id_.erase(chats_.back().id);
    chats_.pop_back();
  }
}

Snapshot SessionHistory::append_message(const std::string& chat, std::string text,
                                        std::vector<Turn> fallback) {
  const std::lock_guard lock(mutex_);
  Chat& found = touch(chat, std::move(fallback));
  found.turns.push_back({.role = Turn::Role::kUser, .content = std::move(text), .partial = false});
  count(found);
  forget_oldest();
  return {.version = found.version, .turns = found.turns};
}

std::optional<Snapshot> SessionHistory::drop_answer(const std::string& chat, std::vector<Turn> fallback) {
  const std::lock_guard lock(mutex_);
  const auto known = by_id_.find(chat);
  if (!has_message(known != by_id_.end() ? known->second->turns : fallback)) return std::nullopt;
  Chat& found = touch(chat, std::move(fallback));
  while (found.turns.back().role != Turn::Role::kUser) found.turns.pop_back();
  count(found);
  forget_oldest();
  return Snapshot{.version = found.version, .turns = found.turns};
}

void SessionHistory::append_answer(const std::string& chat, uint64_t version, std::string text,
                                   bool partial) {
  const std::lock_guard lock(mutex_);
  const auto known = by_id_.find(chat);
  if (text.empty() || known == by_id_.end() || known->second->version != version) return;
  Chat& found = touch(chat, {});
  found.turns.push_back({.role = Turn::Role::kAssistant, .content = std::move(text), .partial = partial});
  count(found);
  forget_oldest();
}

void SessionHistory::forget(const std::string& chat) {
  const std::lock_guard lock(mutex_);
  const auto known = by_id_.find(chat);
  if (known == by_id_.end()) return;
  bytes_ -= known->second->bytes;
  chats_.erase(known->second);
  by_id_.erase(known);
}

std::optional<std::vector<Turn>> SessionHistory::find(const std::string& chat) const {
  const std::lock_guard lock(mutex_);
  const auto known = by_id_.find(chat);
  if (known == by_id_.end()) return std::nullopt;
  return known->second->turns;
}

size_t SessionHistory::n_chats() const {
  const std::lock_guard lock(mutex_);
  return chats_.size();
}

size_t SessionHistory::n_bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace samovar::chat
