// Which stored answers are under way, and those that ended lately, so that a page that lost its connection
// can still read the end. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace samovar::chat {

class AnswerRun;
class EventLog;

class RunRegistry {
 public:
  using ChatName = std::pair<std::string, std::string>;  // owner, chat id

  explicit RunRegistry(std::function<int64_t()> now_ns) : now_ns_(std::move(now_ns)) {}

  // Takes the chat for one answer. False when one is under way and `beside` is not set, or when four are.
  [[nodiscard]] bool claim(const ChatName& chat, bool beside);
  void give_up(const ChatName& chat);        // a claim that came to nothing
  void add(std::shared_ptr<AnswerRun> run);  // a claim that came to a run
  void end(const AnswerRun& run);            // it stays to be read for ten minutes

  // The lines of a run, under way or ended lately; null.
  [[nodiscard]] std::shared_ptr<EventLog> find_log(const std::string& owner, const std::string& id) const;
  [[nodiscard]] std::shared_ptr<AnswerRun> find_active(const std::string& owner, const std::string& id) const;
  // Under way; with an empty chat id: of the owner, with an empty owner: all.
  [[nodiscard]] std::vector<std::shared_ptr<AnswerRun>> active(const std::string& owner,
                                                               const std::string& chat) const;
  [[nodiscard]] std::vector<std::string> active_ids(const std::string& owner, const std::string& chat) const;
  [[nodiscard]] std::string run_of_answer(const std::string& owner, const std::string& chat,
                                          const std::string& answer) const;
  // The lines of the run, under way or ended lately, that answers that question; null.
  [[nodiscard]] std::shared_ptr<EventLog> log_of_question(const ChatName& chat,
                                                          const std::string& question) const;
  [[nodiscard]] size_t n_active() const;
  [[nodiscard]] bool is_idle() const;  // nothing is claimed or under way

 private:
  void forget_old();  // under the lock

  struct Ended {
    std::string id;
    ChatName chat;
    std::string question;
    std::shared_ptr<EventLog> log;  // not the run: that would keep the whole service
    int64_t at_ns = 0;
    size_t bytes = 0;
  };
  const std::function<int64_t()> now_ns_;
  mutable std::mutex mutex_;  // of all that follows
  std::map<ChatName, int> claims_;
  std::map<std::string, std::shared_ptr<AnswerRun>> active_;  // by id
  std::deque<Ended> ended_;                                   // oldest first
  size_t ended_bytes_ = 0;
};

}  // namespace samovar::chat
