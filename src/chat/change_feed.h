// News of an owner's conversations, so that every open page shows the same. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "chat/event_log.h"

namespace samovar::chat {

class ChangeFeeds {
 public:
  ChangeFeeds();

  // `members` are those behind "n": `"type":"chat-deleted","id":"x"`. Nothing happens while nobody of the
  // owner follows.
  void tell(const std::string& owner, std::string_view members);

  [[nodiscard]] std::shared_ptr<EventLog> open(const std::string& owner);
  [[nodiscard]] const std::string& boot() const { return boot_; }
  // Ends all of them; those opened later end at once.
  void close();

 private:
  struct Feed {
    std::mutex order;  // of numbering and appending
    std::shared_ptr<EventLog> log;
  };
  std::shared_ptr<Feed> find(const std::string& owner);
  void forget_idle();  // under the lock

  const std::string boot_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Feed>> feeds_;  // guarded by mutex_
  bool closed_ = false;                                 // guarded by mutex_
};

}  // namespace samovar::chat
