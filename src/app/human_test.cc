#include "app/human.h"

#include <gtest/gtest.h>

#include <limits>

namespace samovar::app {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(Human, BytesAsOllamaPrintsThem) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1 KB");
  EXPECT_EQ(human_bytes(1500), "1.5 KB");
  EXPECT_EQ(human_bytes(98'362'432), "98 MB");
  EXPECT_EQ(human_bytes(253'114'336), "253 MB");
  EXPECT_EQ(human_bytes(1'629'000'000), "1.6 GB");
}

TEST(Human, Durations) {
  EXPECT_EQ(human_duration(kSecond / 2), "Less than a second");
  EXPECT_EQ(human_duration(kSecond), "1 second");
  EXPECT_EQ(human_duration(59 * kSecond), "59 seconds");
  EXPECT_EQ(human_duration(60 * kSecond), "About a minute");
  EXPECT_EQ(human_duration(25 * 60 * kSecond), "25 minutes");
  EXPECT_EQ(human_duration(3600 * kSecond), "About an hour");
  EXPECT_EQ(human_duration(47 * 3600 * kSecond), "47 hours");
  EXPECT_EQ(human_duration(3LL * 86400 * kSecond), "3 days");
  EXPECT_EQ(human_duration(21LL * 86400 * kSecond), "3 weeks");
  EXPECT_EQ(human_duration(100LL * 86400 * kSecond), "3 months");
  EXPECT_EQ(human_duration(900LL * 86400 * kSecond), "2 years");
}

TEST(Human, TimesFromNow) {
  EXPECT_EQ(human_time(0, 300 * kSecond), "5 minutes ago");
  EXPECT_EQ(human_time(299 * kSecond, 0), "4 minutes from now");
  EXPECT_EQ(human_time(std::numeric_limits<int64_t>::max(), 0), "Forever");
}

TEST(Human, DurationsAsGoPrintsThem) {
  EXPECT_EQ(go_duration(0), "0s");
  EXPECT_EQ(go_duration(829'979'881), "829.979881ms");
  EXPECT_EQ(go_duration(41'857'000), "41.857ms");
  EXPECT_EQ(go_duration(1'500), "1.5µs");
  EXPECT_EQ(go_duration(12 * kSecond), "12s");
  EXPECT_EQ(go_duration(123'500'000'000), "2m3.5s");
  EXPECT_EQ(go_duration(3600 * kSecond), "1h0m0s");
}

}  // namespace
}  // namespace samovar::app
