#include "sampling/stop_matcher.h"

#include <gtest/gtest.h>

#include <random>

namespace samovar::sampling {
namespace {

std::string run_pieces(const std::vector<std::string>& stops, const std::vector<std::string>& pieces,
                       bool* stopped = nullptr) {
  StopMatcher matcher(stops);
  std::string shown;
  for (const std::string& piece : pieces) shown += matcher.push(piece);
  shown += matcher.finish();
  if (stopped != nullptr) *stopped = matcher.stopped();
  return shown;
}

TEST(StopMatcher, PassesTextThroughWithoutStops) {
  StopMatcher matcher({""});
  EXPECT_EQ(matcher.push("Hello"), "Hello");
  EXPECT_EQ(matcher.finish(), "");
  EXPECT_FALSE(matcher.stopped());
}

TEST(StopMatcher, HoldsBackOnlyWhatMayBecomeAStop) {
  StopMatcher matcher({"END"});
  EXPECT_EQ(matcher.push("The E"), "The ");
  EXPECT_EQ(matcher.push("N"), "");
  EXPECT_EQ(matcher.push("T"), "ENT");
  EXPECT_EQ(matcher.push("E"), "");
  EXPECT_EQ(matcher.finish(), "E");
}

TEST(StopMatcher, GivesNothingAfterTheStop) {
  StopMatcher matcher({"\n\n"});
  EXPECT_EQ(matcher.push("one\n\ntwo"), "one");
  EXPECT_TRUE(matcher.stopped());
  EXPECT_EQ(matcher.push("three"), "");
  EXPECT_EQ(matcher.finish(), "");
}

TEST(StopMatcher, FindsTheStopAfterAFalseStartInside) {
  EXPECT_EQ(run_pieces({"aab"}, {"a", "a", "a", "b", "c"}), "a");
  EXPECT_EQ(run_pieces({"abac"}, {"aba", "bac", "x"}), "ab");
}

TEST(StopMatcher, OfSeveralStopsTheFirstCompleteOneWins) {
  EXPECT_EQ(run_pieces({"world", "wor"}, {"hello world"}), "hello ");
  EXPECT_EQ(run_pieces({"abc", "b"}, {"abc"}), "a");
  EXPECT_EQ(run_pieces({"bc", "abc"}, {"xabc"}), "x");
  EXPECT_EQ(run_pieces({"zz", "User:"}, {"ok\nUse", "r: hi zz"}), "ok\n");
}

TEST(StopMatcher, WorksOnUtf8) {
  EXPECT_EQ(run_pieces({"конец"}, {"это ", "ко", "нец", "!"}), "это ");
  EXPECT_EQ(run_pieces({"ко"}, {"ка"}), "ка");
  EXPECT_EQ(run_pieces({"🙂"}, {"a🙃", "b🙂c"}), "a🙃b");
}

// The result must not depend on where the pieces are cut: every split of every text into three.
TEST(StopMatcher, EverySplitGivesTheSame) {
  const std::vector<std::vector<std::string>> stop_sets = {
      {"<|im_end|>"}, {"aab", "ab", "b<"}, {"<", "<|im"}, {"é", "конец"}, {"aaaa"}, {"|>|>"}};
  const std::vector<std::string> texts = {"aab<|im_end|>rest", "<|im_<|im_end|>", "caféконец", "aaaaa",
                                          "no stop|>|"};
  for (const auto& stops : stop_sets) {
    for (const std::string& text : texts) {
      bool whole_stopped = false;
      const std::string whole = run_pieces(stops, {text}, &whole_stopped);
      for (size_t i = 0; i <= text.size(); ++i) {
        for (size_t j = i; j <= text.size(); ++j) {
          bool stopped = false;
          EXPECT_EQ(run_pieces(stops, {text.substr(0, i), text.substr(i, j - i), text.substr(j)}, &stopped),
                    whole)
              << text << " cut at " << i << ", " << j;
          EXPECT_EQ(stopped, whole_stopped);
        }
      }
    }
  }
}

// Against a plain search of the whole text, over a two-letter alphabet where overlaps abound.
TEST(StopMatcher, RandomTextsAgreeWithPlainSearch) {
  std::mt19937 random(7);
  const auto word = [&](size_t n) {
    std::string text;
    for (size_t i = 0; i < n; ++i) text += "ab"[random() % 2];
    return text;
  };
  for (int round = 0; round < 2000; ++round) {
    const std::string stop = word(1 + random() % 5);
    const std::string text = word(random() % 30);
    std::vector<std::string> pieces;
    for (size_t at = 0; at < text.size();) {
      const size_t n = 1 + random() % 4;
      pieces.push_back(text.substr(at, n));
      at += n;
    }
    EXPECT_EQ(run_pieces({stop}, pieces), text.substr(0, text.find(stop))) << stop << " in " << text;
  }
}

}  // namespace
}  // namespace samovar::sampling
