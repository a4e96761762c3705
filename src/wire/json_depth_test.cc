#include "wire/json_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace samovar::wire {
namespace {

TEST(JsonDepth, CountsOpenBracketsOutsideOfStrings) {
  EXPECT_FALSE(nests_deeper_than("", 0));
  EXPECT_FALSE(nests_deeper_than("5", 0));
  EXPECT_TRUE(nests_deeper_than("[]", 0));
  EXPECT_FALSE(nests_deeper_than("[[],[],{}]", 2));
  EXPECT_TRUE(nests_deeper_than("[[],[{}]]", 2));
  EXPECT_FALSE(nests_deeper_than(R"(["[[[[{{", "\"[[[["])", 1));
  EXPECT_FALSE(nests_deeper_than("]]]}}[", 1));
  EXPECT_TRUE(nests_deeper_than(std::string(1'000'000, '['), kMaxJsonDepth));
}

}  // namespace
}  // namespace samovar::wire
