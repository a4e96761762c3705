// The upstreams of a pool as requests under way see them: asked only while the pool lives, checked regularly
// on a thread of its own, and left by answers that have not begun when a check finds one down. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "backend/backend.h"
#include "backend/pooled_run.h"
#include "backend/upstream_board.h"

namespace samovar::backend {

class UpstreamWatch : public std::enable_shared_from_this<UpstreamWatch> {
 public:
  // Borrows the upstreams until close().
  UpstreamWatch(std::shared_ptr<UpstreamBoard> board, std::vector<Backend*> upstreams)
      : board_(std::move(board)), upstreams_(std::move(upstreams)) {}

  void open();   // starts checking
  void close();  // afterwards no upstream is asked any more

  // Calls `ask` with the upstream, which may answer before that returns; false: closed, and nothing was
  // called.
  bool with(size_t upstream, const std::function<void(Backend&)>& ask);
  void add(const std::shared_ptr<PooledRun>& run);
  void suspect(size_t upstream);  // checks it soon

  [[nodiscard]] UpstreamBoard& board() const { return *board_; }

 private:
  void run();
  void check(size_t upstream);
  void take(size_t upstream, const Result<std::vector<ModelSummary>>& models);
  void wake();

  const std::shared_ptr<UpstreamBoard> board_;
  const std::vector<Backend*> upstreams_;
  std::mutex mutex_;  // of all that follows
  std::condition_variable changed_;
  std::vector<std::weak_ptr<PooledRun>> runs_;
  int n_inside_ = 0;  // calls of upstreams that have not returned
  bool is_woken_ = false;
  bool is_closed_ = false;
  std::thread thread_;
};

}  // namespace samovar::backend
