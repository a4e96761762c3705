#include "chat/retention.h"

#include <gtest/gtest.h>

namespace samovar::chat {
namespace {

constexpr int64_t kMinuteNs = 60'000'000'000;
constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kOneDayMs = 86'400'000;
constexpr int64_t kNowMs = 1'800'000'000'000;

TEST(Retention, NothingIsErasedWithoutANumberOfDaysOrAtOnce) {
  Retention for_ever(0);
  EXPECT_FALSE(for_ever.erase_before(kNowMs, 0));
  EXPECT_FALSE(for_ever.erase_before(kNowMs + kOneDayMs, 24 * 60 * kMinuteNs));
  Retention month(30);
  EXPECT_FALSE(month.erase_before(kNowMs, 0));
  EXPECT_EQ(month.erase_before(kNowMs + 10 * kMinuteMs, 10 * kMinuteNs),
            kNowMs + 10 * kMinuteMs - 30 * kOneDayMs);
}

TEST(Retention, AClockThatJumpsIsNotBelieved) {
  Retention month(30);
  static_cast<void>(month.erase_before(kNowMs, 0));
  ASSERT_TRUE(month.erase_before(kNowMs + 10 * kMinuteMs, 10 * kMinuteNs));
  const int64_t years = 3650 * kOneDayMs;
  EXPECT_FALSE(month.erase_before(kNowMs + years, 20 * kMinuteNs));
  EXPECT_FALSE(month.erase_before(kNowMs + 30 * kMinuteMs, 30 * kMinuteNs)) << "nor when it jumps back";
  EXPECT_EQ(month.erase_before(kNowMs + 40 * kMinuteMs, 40 * kMinuteNs),
            kNowMs + 40 * kMinuteMs - 30 * kOneDayMs);
}

}  // namespace
}  // namespace samovar::chat
