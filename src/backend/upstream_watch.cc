#include "backend/upstream_watch.h"

#include <chrono>
#include <string>
#include <utility>

namespace samovar::backend {

void UpstreamWatch::open() {
  thread_ = std::thread([this] { run(); });
}

void UpstreamWatch::close() {
  {
    std::unique_lock lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return n_inside_ == 0; });
  }
  if (thread_.joinable()) thread_.join();
}

bool UpstreamWatch::with(size_t upstream, const std::function<void(Backend&)>& ask) {
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return false;
    ++n_inside_;
  }
  ask(*upstreams_[upstream]);
  const std::lock_guard lock(mutex_);
  if (--n_inside_ == 0) changed_.notify_all();
  return true;
}

void UpstreamWatch::add(const std::shared_ptr<PooledRun>& run) {
  const std::lock_guard lock(mutex_);
  std::erase_if(runs_, [](const auto& known) { return known.expired(); });
  runs_.push_back(run);
}

void UpstreamWatch::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  changed_.notify_all();
}

void UpstreamWatch::suspect(size_t upstream) {
  board_->check_soon(upstream);
  wake();
}

void UpstreamWatch::run() {
  while (true) {
    for (const size_t upstream : board_->due_for_check()) check(upstream);
    const std::chrono::milliseconds wait(board_->ms_until_check());
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [this] { return is_closed_ || is_woken_; });
    is_woken_ = false;
    if (is_closed_) return;
  }
}

void UpstreamWatch::check(size_t upstream) {
  with(upstream, [this, upstream](Backend& backend) {
    backend.list([self = shared_from_this(), upstream](const Result<std::vector<ModelSummary>>& models) {
      self->take(upstream, models);
    });
  });
}

void UpstreamWatch::take(size_t upstream, const Result<std::vector<ModelSummary>>& models) {
  Result<std::vector<std::string>> names = std::vector<std::string>();
  if (models) {
    for (const ModelSummary& model : *models) names->push_back(model.name);
  } else {
    names = models.error();
  }
  const bool went_down = board_->note_check(upstream, names);
  std::vector<std::weak_ptr<PooledRun>> runs;
  {
    const std::lock_guard lock(mutex_);
    if (went_down) runs = runs_;
  }
  for (const auto& weak : runs) {
    if (const std::shared_ptr<PooledRun> run = weak.lock()) run->leave(upstream);
  }
  wake();
}

}  // namespace samovar::backend
