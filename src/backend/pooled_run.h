// One answer of an upstream pool: asked of one upstream, and of the next when the first one fails before its
// first word. After that word nothing is asked again: an answer is never doubled.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/upstream_board.h"

namespace samovar::backend {

// The failure is the upstream's, not the request's: another may do better.
[[nodiscard]] bool is_worth_another_try(Code code);
// It says something about the upstream's health too.
[[nodiscard]] bool speaks_against_upstream(Code code);
// What is told when several upstreams have failed, each with its own words; with one, just its error.
[[nodiscard]] Error join_failures(const std::vector<Error>& failures);

// Thread-safe. Lives as long as its upstream or its owner needs it.
class PooledRun : public Run, public std::enable_shared_from_this<PooledRun> {
 public:
  using Ask = std::function<std::shared_ptr<Run>(size_t upstream, Request, std::shared_ptr<Listener>)>;
  struct Parts {
    std::shared_ptr<UpstreamBoard> board;
    Ask ask;
    std::function<void(size_t upstream)> suspect;  // something is wrong there
  };
  PooledRun(Parts parts, Request request, std::shared_ptr<Listener> listener);

  void start();
  void cancel() override;
  // That upstream is down: an answer that has not begun there is asked for elsewhere.
  void leave(size_t upstream);

 private:
  class Attempt;

  void ask_next();
  void attach(int64_t attempt, std::shared_ptr<Run> run);
  void take_failure(int64_t attempt, Error error);
  [[nodiscard]] int64_t left_ms() const;

  const Parts parts_;
  const Request request_;
  const std::shared_ptr<Listener> listener_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();

  std::mutex mutex_;  // of all that follows
  UpstreamBoard::Wanted wanted_;
  std::vector<Error> failures_;
  std::shared_ptr<Run> run_;  // of the attempt under way
  int64_t attempt_ = 0;       // which it is
  size_t upstream_ = 0;
  bool told_started_ = false;
  bool has_spoken_ = false;
  bool leaving_ = false;  // cancelled there, to be asked for elsewhere
  bool cancelled_ = false;
  bool ended_ = false;
};

}  // namespace samovar::backend
