// Which conversations have an answer under way: at most one each. Thread-safe.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

namespace samovar::chat {

class ActiveRuns {
 public:
  // Takes the conversation for one answer; false when it has one already.
  [[nodiscard]] bool claim(const std::string& chat);

  // How to stop the answer of a claimed conversation. Called outside of any lock.
  void set_stop(const std::string& chat, std::function<void()> stop);

  // The answer ended.
  void release(const std::string& chat);

  // Stops the answer under way, if there is one; it ends a little later.
  void stop(const std::string& chat);

  [[nodiscard]] size_t size() const;

 private:
  struct Active {
    std::function<void()> stop;
    bool asked_to_stop = false;  // before there was anything to call
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Active> active_;  // guarded by mutex_
};

}  // namespace samovar::chat
