// Answers that flow for long, such as the page's feed: when their reader's account is disabled or the session
// ended, they end within seconds. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "accounts/directory.h"
#include "http/message.h"

namespace samovar::accounts {

// On what somebody was let in.
struct Pass {
  Inquiry inquiry;
  int64_t epoch = 0;      // history::User::session_epoch, where there is a session
  int64_t expires_s = 0;  // of the session, Unix time; 0: never
  bool needs_user = true;

  [[nodiscard]] bool holds(const Known& known, int64_t now_s) const;
};

// Runs a task later, on a thread that may run handlers.
using PostLater = std::function<void(std::function<void()>, int delay_ms)>;

class LiveStreams : public std::enable_shared_from_this<LiveStreams> {
 public:
  // `directory` outlives the server's thread.
  LiveStreams(Directory& directory, PostLater post_later, std::function<int64_t()> wall_ms);

  // A writer that is watched from start() to finish().
  [[nodiscard]] std::shared_ptr<http::ResponseWriter> watch(std::shared_ptr<http::ResponseWriter> inner,
                                                            Pass pass);

 private:
  class Stream;
  void add(std::weak_ptr<Stream> stream);
  void look();  // at all of them, and again after a while as long as there are any

  Directory& directory_;
  PostLater post_later_;
  std::function<int64_t()> wall_ms_;
  std::mutex mutex_;
  std::list<std::weak_ptr<Stream>> streams_;  // guarded by mutex_
  bool looking_ = false;                      // guarded by mutex_; a look is planned
};

}  // namespace samovar::accounts
