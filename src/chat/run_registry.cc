#include "chat/run_registry.h"

#include <algorithm>

#include "chat/answer_run.h"

namespace samovar::chat {
namespace {

constexpr int64_t kKeepNs = 600'000'000'000;
constexpr size_t kKeepBytes = size_t{16} << 20U;
constexpr int kMostBeside = 4;

bool is_of(const AnswerRun& run, const std::string& owner, const std::string& chat) {
  return (owner.empty() || run.chat().owner == owner) && (chat.empty() || run.chat().id == chat);
}

}  // namespace

bool RunRegistry::claim(const ChatName& chat, bool beside) {
  const std::lock_guard lock(mutex_);
  int& n = claims_[chat];
  if (n >= (beside ? kMostBeside : 1)) return false;
  ++n;
  return true;
}

void RunRegistry::give_up(const ChatName& chat) {
  const std::lock_guard lock(mutex_);
  const auto found = claims_.find(chat);
  if (found != claims_.end() && --found->second <= 0) claims_.erase(found);
}

void RunRegistry::add(std::shared_ptr<AnswerRun> run) {
  const std::lock_guard lock(mutex_);
  forget_old();
  active_.emplace(run->id(), std::move(run));
}

void RunRegistry::end(const AnswerRun& run) {
  std::shared_ptr<AnswerRun> ended;  // not destroyed under the lock: that may end the whole service
  {
    const std::lock_guard lock(mutex_);
    const auto found = active_.find(run.id());
    if (found != active_.end()) {
      ended = std::move(found->second);
      active_.erase(found);
      const size_t bytes = run.log()->n_bytes();
      ended_.push_back(
          {run.id(), {run.chat().owner, run.chat().id}, run.question_id(), run.log(), now_ns_(), bytes});
      ended_bytes_ += bytes;
      forget_old();
    }
  }
  give_up({run.chat().owner, run.chat().id});
}

void RunRegistry::forget_old() {
  while (!ended_.empty() && (now_ns_() - ended_.front().at_ns > kKeepNs || ended_bytes_ > kKeepBytes)) {
    ended_bytes_ -= ended_.front().bytes;
    ended_.pop_front();
  }
}

std::shared_ptr<AnswerRun> RunRegistry::find_active(const std::string& owner, const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  return found != active_.end() && found->second->chat().owner == owner ? found->second : nullptr;
}

std::shared_ptr<EventLog> RunRegistry::find_log(const std::string& owner, const std::string& id) const {
  if (const auto run = find_active(owner, id)) return run->log();
  const std::lock_guard lock(mutex_);
  for (const Ended& ended : ended_) {
    if (ended.id == id && ended.chat.first == owner) return ended.log;
  }
  return nullptr;
}

std::vector<std::shared_ptr<AnswerRun>> RunRegistry::active(const std::string& owner,
                                                            const std::string& chat) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<AnswerRun>> out;
  for (const auto& [id, run] : active_) {
    if (is_of(*run, owner, chat)) out.push_back(run);
  }
  return out;
}

std::vector<std::string> RunRegistry::active_ids(const std::string& owner, const std::string& chat) const {
  std::vector<std::string> out;
  for (const auto& run : active(owner, chat)) out.push_back(run->id());
  return out;
}

std::string RunRegistry::run_of_answer(const std::string& owner, const std::string& chat,
                                       const std::string& answer) const {
  for (const auto& run : active(owner, chat)) {
    if (run->answer_id() == answer) return run->id();
  }
  return "";
}

std::shared_ptr<EventLog> RunRegistry::log_of_question(const ChatName& chat,
                                                       const std::string& question) const {
  for (const auto& run : active(chat.first, chat.second)) {
    if (run->question_id() == question) return run->log();
  }
  const std::lock_guard lock(mutex_);
  for (const Ended& ended : ended_) {
    if (ended.chat == chat && ended.question == question) return ended.log;
  }
  return nullptr;
}

bool RunRegistry::is_idle() const {
  const std::lock_guard lock(mutex_);
  return active_.empty() && claims_.empty();
}

size_t RunRegistry::n_active() const {
  const std::lock_guard lock(mutex_);
  return active_.size();
}

}  // namespace samovar::chat
