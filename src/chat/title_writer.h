// Better titles for new conversations than their first words, written by their model only while nobody waits
// for it: whatever else is asked ends the attempt at once, and it is made again later. Thread-safe; no call
// waits.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "backend/backend.h"

namespace samovar::chat {

struct Service;

inline constexpr const char* kTitleQuestion =
    "Write a title for this conversation: at most five words, in its own language, without quotation marks. "
    "Answer with the title only.";

struct TitleTask {
  std::string owner;
  std::string chat;
  backend::Request request;  // model, options and messages, the last of them kTitleQuestion
  int n_tries = 0;
};

// The title in what a model answered; "" when there is none worth having.
[[nodiscard]] std::string clean_title(std::string_view answer);

// "134.52M" -> 134520000; 0 when it says nothing.
[[nodiscard]] double parameter_count(std::string_view text);

class TitleWriter {
 public:
  // Forgets the oldest wishes beyond a few dozen.
  void add(TitleTask task);
  // Looks in a while whether there is time for one; each end of an answer is a reason to.
  void try_later(const std::shared_ptr<Service>& service);
  // Somebody asks: ends the attempt under way.
  void make_way();
  // The server ends: no more attempts.
  void close();

 private:
  class Attempt;

  void try_now(const std::shared_ptr<Service>& service);
  void ask(const std::shared_ptr<Service>& service, const std::shared_ptr<Attempt>& attempt);
  void end(const std::shared_ptr<Service>& service, TitleTask task, const Result<std::string>& title);

  std::mutex mutex_;  // of all that follows; nothing is called while it is held
  std::deque<TitleTask> tasks_;
  std::shared_ptr<Attempt> attempt_;  // under way
  bool waiting_ = false;              // a look has been posted
  bool closed_ = false;
};

}  // namespace samovar::chat
