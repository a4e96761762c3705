// News of an owner's conversations, so that every open page shows the same. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "chat/event_log.h"

namespace samovar::chat {

class ChangeFeeds {
 public:
  ChangeFeeds();

  // `members` are those behind "n": `"type":"chat-deleted","id":"x"`. Nothing happens while nobody of the
  // owner follows.
  void tell(const std::string& owner, std::string_view members);

  // What tell() does besides: word to other servers. Before anything is told.
  void on_tell(std::function<void(const std::string& owner)> announce) { announce_ = std::move(announce); }
  // Another server has changed something of that owner ("": of anybody): the pages ask for all of it again.
  void tell_reset(const std::string& owner);

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
  static void append(Feed& feed, std::string_view members);
  void forget_idle();  // under the lock

  const std::string boot_;
  std::function<void(const std::string& owner)> announce_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Feed>> feeds_;  // guarded by mutex_
  bool closed_ = false;                                 // guarded by mutex_
};

}  // namespace samovar::chat
