#include "chat/active_runs.h"

namespace samovar::chat {

bool ActiveRuns::claim(const std::string& chat) {
  const std::lock_guard lock(mutex_);
  return active_.try_emplace(chat).second;
}

void ActiveRuns::set_stop(const std::string& chat, std::function<void()> stop) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = active_.find(chat);
    if (found == active_.end()) return;
    if (!found->second.asked_to_stop) {
      found->second.stop = std::move(stop);
      return;
    }
  }
  stop();
}

void ActiveRuns::release(const std::string& chat) {
  const std::lock_guard lock(mutex_);
  active_.erase(chat);
}

void ActiveRuns::stop(const std::string& chat) {
  std::function<void()> stop;
  {
    const std::lock_guard lock(mutex_);
    const auto found = active_.find(chat);
    if (found == active_.end()) return;
    found->second.asked_to_stop = true;
    stop = found->second.stop;
  }
  if (stop) stop();
}

size_t ActiveRuns::size() const {
  const std::lock_guard lock(mutex_);
  return active_.size();
}

}  // namespace samovar::chat
