#include "history/recent.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace samovar::history {
namespace {

// A store that can be told to fail or to stand still, a clock that is set by hand, and tasks that are run by
// hand, as the server's thread would.
class RecentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    opened_ = *open_archive_in_memory();
    Recent<int>::Options options;
    options.archive = opened_.archive.get();
    options.read = [this](Store&) -> Result<int> {
      gate_.get_future().wait();
      gate_ = std::promise<void>();
      if (fails_) return Error{Code::kIo, "gone"};
      return ++n_reads_;
    };
    options.now_ms = [this] { return now_ms_.load(); };
    options.post_later = [this](std::function<void()> task, int delay_ms) {
      if (delay_ms > 0) {
        timer_ = std::move(task);
      } else {
        posted_.set_value(std::move(task));
      }
    };
    options.usable_ms = 60'000;
    recent_ = std::make_shared<Recent<int>>(std::move(options));
  }
  void ask() {
    recent_->ask(
        [this](const Result<int>& result) { said_ += result ? std::to_string(*result) + " " : "! "; });
  }
  void let_the_store_answer() {
    gate_.set_value();
    auto task = posted_.get_future().get();
    posted_ = std::promise<std::function<void()>>();
    task();
  }

  Opened opened_;
  std::promise<void> gate_;
  std::promise<std::function<void()>> posted_;
  std::function<void()> timer_;
  std::atomic<int64_t> now_ms_ = 0;
  std::atomic<bool> fails_ = false;
  std::atomic<int> n_reads_ = 0;
  std::string said_;
  std::shared_ptr<Recent<int>> recent_;
};

TEST_F(RecentTest, IsReadOnceForAllAndAgainWhenItIsOld) {
  ask();
  ask();
  EXPECT_EQ(said_, "");
  let_the_store_answer();
  EXPECT_EQ(said_, "1 1 ");
  now_ms_ = 1'999;
  ask();
  EXPECT_EQ(said_, "1 1 1 ");
  now_ms_ = 2'000;
  ask();
  EXPECT_EQ(said_, "1 1 1 ");
  let_the_store_answer();
  EXPECT_EQ(said_, "1 1 1 2 ");
}

TEST_F(RecentTest, WhatWasKnownHoldsForAWhileWhenTheStoreFails) {
  ask();
  let_the_store_answer();
  fails_ = true;
  now_ms_ = 3'000;
  ask();
  let_the_store_answer();
  EXPECT_EQ(said_, "1 1 ");
  ask();
  EXPECT_EQ(said_, "1 1 1 ") << "nobody waits for a store that has just failed";
  let_the_store_answer();
  now_ms_ = 60'000;
  ask();
  let_the_store_answer();
  EXPECT_EQ(said_, "1 1 1 ! ");
  fails_ = false;
  ask();
  let_the_store_answer();
  EXPECT_EQ(said_, "1 1 1 ! 2 ");
}

TEST_F(RecentTest, NobodyWaitsLongForAStoreThatStandsStill) {
  ask();
  timer_();
  EXPECT_EQ(said_, "! ");
  ask();
  EXPECT_EQ(said_, "! ! ") << "at once, for nothing has changed";
  let_the_store_answer();
  ask();
  EXPECT_EQ(said_, "! ! 1 ");
  now_ms_ = 5'000;
  ask();
  timer_();
  EXPECT_EQ(said_, "! ! 1 1 ");
  let_the_store_answer();
}

TEST_F(RecentTest, ATimerOfAnEarlierReadingSaysNothing) {
  ask();
  const auto timer = timer_;
  let_the_store_answer();
  now_ms_ = 5'000;
  ask();
  timer();
  EXPECT_EQ(said_, "1 ");
  let_the_store_answer();
  EXPECT_EQ(said_, "1 2 ");
}

}  // namespace
}  // namespace samovar::history
