// Two servers that count together.
#include "accounts/attempts.h"

#include <gtest/gtest.h>

#include <future>

#include "accounts/shared_turns.h"

namespace samovar::accounts {
namespace {

class Together : public ::testing::Test {
 protected:
  void SetUp() override { archive_ = std::move(history::open_archive_in_memory()->archive); }
  AttemptsDeps deps() {
    return {.archive = archive_.get(),
            .post_later = {},
            .wall_ms = [this] { return now_ms_; },
            .is_shared = true};
  }
  static int64_t begin(Attempts& attempts, const std::string& account, const std::string& address) {
    std::promise<int64_t> wait;
    attempts.begin(account, address, [&](int64_t seconds) { wait.set_value(seconds); });
    return wait.get_future().get();
  }
  static keys::Turn take(SharedTurns& turns, int64_t per_minute) {
    std::promise<keys::Turn> taken;
    turns.take("user anna", per_minute, [&](keys::Turn turn) { taken.set_value(turn); });
    return taken.get_future().get();
  }

  int64_t now_ms_ = 1'700'000'000'000;
  std::unique_ptr<history::Archive> archive_;
};

TEST_F(Together, FailuresOfOneAccountCountOnAllServers) {
  Attempts one(deps()), two(deps());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(begin(i % 2 == 0 ? one : two, "anna", "10.0.0.1"), 0) << i;
  EXPECT_EQ(begin(one, "Anna", "10.0.0.2"), 1);
  EXPECT_EQ(begin(two, "anna", "10.0.0.3"), 1);
  EXPECT_EQ(begin(two, "boris", "10.0.0.1"), 0);
  now_ms_ += 1000;
  EXPECT_EQ(begin(one, "anna", "10.0.0.4"), 0);
  EXPECT_EQ(begin(two, "anna", "10.0.0.4"), 2);
  now_ms_ += 2000;
  EXPECT_EQ(begin(two, "anna", "10.0.0.4"), 0);
  two.succeeded("anna", "10.0.0.4");
  EXPECT_EQ(begin(two, "anna", "10.0.0.4"), 0) << "who got in begins anew";
}

TEST_F(Together, OneAddressCountsOnAllServers) {
  Attempts one(deps()), two(deps());
  int n_tries = 0;
  for (int i = 0; i < 60; ++i)
    n_tries += begin(i % 2 == 0 ? one : two, "user" + std::to_string(i), "10.0.0.1") == 0;
  EXPECT_EQ(n_tries, 20);
}

TEST_F(Together, AClockThatIsSetBackKeepsNobodyOut) {
  Attempts one(deps());
  for (int i = 0; i < 30; ++i) begin(one, "anna", "10.0.0.1");
  Attempts fresh(deps());
  EXPECT_GT(begin(fresh, "anna", "10.0.0.9"), 0);
  now_ms_ -= 86'400'000;
  EXPECT_EQ(begin(fresh, "anna", "10.0.0.9"), 0);
}

TEST_F(Together, RequestsOfAMinuteAreSharedOut) {
  SharedTurns one(deps()), two(deps());
  EXPECT_EQ(take(one, 3).left, 2);
  EXPECT_EQ(take(two, 3).left, 1);
  EXPECT_EQ(take(one, 3).left, 0);
  EXPECT_FALSE(take(two, 3).is_taken);
  EXPECT_EQ(take(one, 3).retry_s, 20);
  now_ms_ += 20'000;
  EXPECT_TRUE(take(two, 3).is_taken);
  EXPECT_FALSE(take(one, 3).is_taken);
}

}  // namespace
}  // namespace samovar::accounts
