#include "http/body_pipe.h"

#include <utility>

namespace samovar::http {
namespace {

constexpr size_t kMaxPipeBytes = size_t{2} << 20U;

}  // namespace

Result<std::string> BodyPipe::read() {
  std::string piece;
  bool was_full = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !pieces_.empty() || finished_ || failed_; });
    if (failed_) return Error{Code::kCancelled, "the client went away before its whole body had come"};
    if (pieces_.empty()) return std::string();
    was_full = queued_bytes_ >= kMaxPipeBytes;
    piece = std::move(pieces_.front());
    pieces_.pop_front();
    queued_bytes_ -= piece.size();
  }
  if (was_full && wake_) wake_();
  return piece;
}

void BodyPipe::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    pieces_.clear();
    queued_bytes_ = 0;
  }
  if (wake_) wake_();
}

void BodyPipe::push(std::string bytes) {
  if (bytes.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    queued_bytes_ += bytes.size();
    pieces_.push_back(std::move(bytes));
  }
  changed_.notify_all();
}

bool BodyPipe::is_full() const {
  const std::lock_guard lock(mutex_);
  return !closed_ && queued_bytes_ >= kMaxPipeBytes;
}

bool BodyPipe::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void BodyPipe::finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
}

void BodyPipe::fail() {
  {
    const std::lock_guard lock(mutex_);
    failed_ = !finished_;
  }
  changed_.notify_all();
}

}  // namespace samovar::http
