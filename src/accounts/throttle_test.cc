#include "accounts/throttle.h"

#include <gtest/gtest.h>

namespace samovar::accounts {
namespace {

struct Clock {
  int64_t now = 0;
  ThrottleOptions options() {
    ThrottleOptions made;
    made.now_ms = [this] { return now; };
    return made;
  }
};

TEST(Throttle, WaitsDoubleAfterTheFirstFailures) {
  Clock clock;
  Throttle throttle(clock.options());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(throttle.begin("anna", "10.0.0.1"), 0) << i;
  EXPECT_EQ(throttle.begin("anna", "10.0.0.2"), 1) << "from wherever";
  EXPECT_EQ(throttle.begin("ANNA", "10.0.0.2"), 1) << "however it is written";
  EXPECT_EQ(throttle.begin("boris", "10.0.0.1"), 0) << "others are not slowed down";
  int64_t longest = 0;
  int tries = 0;
  for (const int64_t end = clock.now + 3'600'000; clock.now < end; ++tries) {
    const int64_t wait = throttle.begin("anna", "10.0.0." + std::to_string(10 + tries));
    longest = std::max(longest, wait);
    clock.now += wait * 1000;
  }
  EXPECT_EQ(longest, 60) << "nobody is locked out for longer";
  EXPECT_LT(tries, 150) << "guesses in an hour";
}

TEST(Throttle, OneAddressCannotTryManyAccounts) {
  Clock clock;
  Throttle throttle(clock.options());
  int tries = 0;
  for (int i = 0; i < 1000; ++i) tries += throttle.begin("user" + std::to_string(i), "10.0.0.1") == 0 ? 1 : 0;
  EXPECT_EQ(tries, 20);
  EXPECT_EQ(throttle.begin("anna", "10.0.0.2"), 0);
}

TEST(Throttle, SuccessForgetsTheAccountsFailuresButNotTheAddresss) {
  Clock clock;
  Throttle throttle(clock.options());
  for (int i = 0; i < 19; ++i) EXPECT_EQ(throttle.begin("a" + std::to_string(i), "10.0.0.1"), 0);
  EXPECT_EQ(throttle.begin("own", "10.0.0.1"), 0);
  throttle.succeeded("own", "10.0.0.1");
  EXPECT_EQ(throttle.begin("victim", "10.0.0.1"), 0);
  EXPECT_GT(throttle.begin("victim2", "10.0.0.1"), 0) << "an account of one's own buys no guesses";
}

TEST(Throttle, FailuresAreForgottenAfterAnHour) {
  Clock clock;
  Throttle throttle(clock.options());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(throttle.begin("anna", "10.0.0.1"), 0);
  clock.now += 3'700'000;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(throttle.begin("anna", "10.0.0.1"), 0) << i;
}

TEST(Throttle, AHouseholdOfIpv6IsOneAddress) {
  EXPECT_EQ(throttled_address("2001:db8:1:2:3:4:5:6"), throttled_address("2001:db8:1:2:ffff::1"));
  EXPECT_NE(throttled_address("2001:db8:1:2::1"), throttled_address("2001:db8:1:3::1"));
  EXPECT_NE(throttled_address("::ffff:10.0.0.1"), throttled_address("::ffff:10.0.0.2"));
  EXPECT_EQ(throttled_address("10.0.0.1"), "10.0.0.1");
}

TEST(Throttle, ManyAddressesDoNotFillTheMemory) {
  Clock clock;
  Throttle throttle(clock.options());
  for (int i = 0; i < 100'000; ++i)
    static_cast<void>(throttle.begin("n" + std::to_string(i), "10." + std::to_string(i)));
  EXPECT_EQ(throttle.begin("anna", "10.0.0.1"), 0);
}

}  // namespace
}  // namespace samovar::accounts
