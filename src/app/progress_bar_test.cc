#include "app/progress_bar.h"

#include <gtest/gtest.h>

namespace samovar::app {
namespace {

TEST(ProgressBar, ShowsShareSizesRateAndTimeLeft) {
  EXPECT_EQ(format_bar({"pulling 84d3ef4011a7", 49'000'000, 98'000'000, 12'000'000}, 74),
            "pulling 84d3ef4011a7:  50% ▕███████       ▏  49 MB/ 98 MB  12 MB/s      4s");
}

TEST(ProgressBar, FinishedShowsTheSizeAlone) {
  EXPECT_EQ(format_bar({"pulling 84d3ef4011a7", 98'000'000, 98'000'000, 12'000'000}, 44),
            "pulling 84d3ef4011a7: 100% ▕████████▏  98 MB");
}

TEST(ProgressBar, NarrowTerminalsGetNoBar) {
  EXPECT_EQ(format_bar({"pulling 84d3ef4011a7", 0, 98'000'000, 0}, 30), "pulling 84d3ef4011a7:   0%    ");
}

TEST(ProgressBar, SurvivesFiguresThatCannotBe) {
  EXPECT_NE(format_bar({"x", 5, 0, 0}, 40).find("100%"), std::string::npos);
  EXPECT_NE(format_bar({"x", -5, 10, 0}, 40).find("0%"), std::string::npos);
}

TEST(ProgressBar, TimeLeft) {
  EXPECT_EQ(format_time_left(4), "4s");
  EXPECT_EQ(format_time_left(123), "2m3s");
  EXPECT_EQ(format_time_left(3900), "1h5m");
  EXPECT_EQ(format_time_left(1'000'000), "99h+");
}

}  // namespace
}  // namespace samovar::app
