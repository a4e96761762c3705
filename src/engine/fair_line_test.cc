#include "engine/fair_line.h"

#include <gtest/gtest.h>

namespace samovar::engine {
namespace {

std::string take_all(FairLine<std::string>& line) {
  std::string out;
  while (auto item = line.take({})) out += *item + " ";
  return out;
}

TEST(FairLine, OneClientIsServedInItsOrder) {
  FairLine<std::string> line;
  for (const char* item : {"1", "2", "3"}) line.add("a", item);
  EXPECT_EQ(line.size(), 3U);
  EXPECT_EQ(take_all(line), "1 2 3 ");
  EXPECT_TRUE(line.empty());
}

TEST(FairLine, ClientsTakeTurnsHoweverManyRequestsTheyHave) {
  FairLine<std::string> line;
  for (int i = 0; i < 50; ++i) line.add("a", "a" + std::to_string(i));
  line.add("b", "b");
  line.add("c", "c");
  EXPECT_EQ(*line.take({}), "a0");
  EXPECT_EQ(*line.take({}), "b");
  EXPECT_EQ(*line.take({}), "c");
  EXPECT_EQ(*line.take({}), "a1");
}

TEST(FairLine, WhoHasNothingUnderWayGoesFirst) {
  FairLine<std::string> line;
  line.add("a", "a1");
  line.add("b", "b1");
  EXPECT_EQ(*line.take({{"a", 1}}), "b1");
}

// A client that comes back after each answer joins behind those who wait.
TEST(FairLine, ClientsThatComeAndGoStarveNobody) {
  FairLine<std::string> line;
  line.add("patient", "p");
  line.add("x", "x");
  line.add("y", "y");
  std::string order;
  for (int i = 0; i < 4; ++i) {
    const std::string taken = *line.take({});
    order += taken;
    if (taken != "p") line.add(taken, taken);
  }
  EXPECT_EQ(order, "pxyx");
}

TEST(FairLine, TheOrderToldIsTheOrderKept) {
  FairLine<std::string> line;
  for (const char* item : {"a1", "a2", "a3"}) line.add("a", item);
  for (const char* item : {"b1", "b2"}) line.add("b", item);
  UnderWay under_way = {{"b", 1}};
  const std::vector<std::string> told = line.in_order(under_way);
  for (const std::string& next : told) {
    EXPECT_EQ(*line.take(under_way), next);
    ++under_way[next.substr(0, 1)];
  }
  EXPECT_EQ(told, (std::vector<std::string>{"a1", "b1", "a2", "b2", "a3"}));
  EXPECT_TRUE(line.in_order({}).empty());
}

TEST(FairLine, WhatLeavesIsGone) {
  FairLine<std::string> line;
  for (const char* item : {"a1", "a2"}) line.add("a", item);
  line.add("b", "b1");
  EXPECT_EQ(line.remove_if([](const std::string& item) { return item != "a2"; }).size(), 2U);
  EXPECT_EQ(line.size(), 1U);
  EXPECT_EQ(take_all(line), "a2 ");
}

}  // namespace
}  // namespace samovar::engine
