// For tests only: a listener that keeps what it hears and waits for the end.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"

namespace samovar::backend {

class AnswerRecorder : public Listener {
 public:
  void on_started() override { started_ = true; }
  void on_piece(Piece piece) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(ended()) << "a piece after the end";
    text_ += piece.content;
    thinking_ += piece.thinking;
    pieces_.push_back(std::move(piece));
    changed_.notify_all();
  }
  void on_done(Summary summary) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(ended());
    summary_ = std::move(summary);
    changed_.notify_all();
  }
  void on_failed(Error error) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(ended());
    error_ = std::move(error);
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ended(); })) std::abort();
  }
  void wait_for_text(const std::string& text) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return text_ == text; }));
  }

  bool started_ = false;
  std::string text_;
  std::string thinking_;
  std::vector<Piece> pieces_;
  std::optional<Summary> summary_;
  std::optional<Error> error_;

 private:
  [[nodiscard]] bool ended() const { return summary_ || error_; }
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace samovar::backend
