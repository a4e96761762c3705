#include "wire/go_time.h"

#include <gtest/gtest.h>

#include <limits>

#include "wire/base64.h"

namespace samovar::wire {
namespace {

TEST(GoTime, ReadsDurations) {
  EXPECT_EQ(*parse_duration("10m"), 600'000'000'000);
  EXPECT_EQ(*parse_duration("1h30m2.5s"), 5'402'500'000'000);
  EXPECT_EQ(*parse_duration("-1.5h"), -5'400'000'000'000);
  EXPECT_EQ(*parse_duration("0"), 0);
  EXPECT_EQ(*parse_duration("300ms"), 300'000'000);
  EXPECT_EQ(*parse_duration("2µs"), 2'000);
  EXPECT_EQ(*parse_duration(".5s"), 500'000'000);
}

TEST(GoTime, FailsInGosWords) {
  EXPECT_EQ(parse_duration("soon").error().message, R"(time: invalid duration "soon")");
  EXPECT_EQ(parse_duration("").error().message, R"(time: invalid duration "")");
  EXPECT_EQ(parse_duration("10").error().message, R"(time: missing unit in duration "10")");
  EXPECT_EQ(parse_duration("10y").error().message, R"(time: unknown unit "y" in duration "10y")");
  EXPECT_EQ(parse_duration("9999999999h").error().message, R"(time: invalid duration "9999999999h")");
  EXPECT_EQ(parse_duration("-").error().message, R"(time: invalid duration "-")");
}

TEST(GoTime, WritesTimes) {
  EXPECT_EQ(format_time(1'795'359'221'208'521'219), "2026-11-22T14:53:41.208521219Z");
  EXPECT_EQ(format_time(1'795'359'221'100'000'000), "2026-11-22T14:53:41.1Z");
  EXPECT_EQ(format_time(1'795'359'221'000'000'000), "2026-11-22T14:53:41Z");
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(format_time_after(1'795'359'541'142'082'927, std::numeric_limits<int64_t>::max()),
            "2319-03-04T14:46:17.996858734Z");
}

TEST(Base64, FindsTheFirstWrongByte) {
  EXPECT_FALSE(find_base64_error("iVBORw0KGgo="));
  EXPECT_FALSE(find_base64_error(""));
  EXPECT_FALSE(find_base64_error("YW\nJj"));
  EXPECT_EQ(find_base64_error("!!!"), 0U);
  EXPECT_EQ(find_base64_error("YWJj=AAA"), 4U);
  EXPECT_EQ(find_base64_error("YW"), 2U);
  EXPECT_EQ(find_base64_error("YW==YW=="), 4U);
}

}  // namespace
}  // namespace samovar::wire
