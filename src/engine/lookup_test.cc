#include "engine/lookup.h"

#include <gtest/gtest.h>

namespace samovar::engine {
namespace {

using Tokens = std::vector<text::TokenId>;

Tokens first_guesses(Lookup& lookup, size_t n) {
  const auto guess = lookup.guess();
  return {guess.begin(), guess.begin() + static_cast<std::ptrdiff_t>(std::min(n, guess.size()))};
}

TEST(Lookup, GuessesWhatFollowedTheLongestMatch) {
  // "1 2" stood there twice; "9 1 2" only the first time.
  Lookup lookup(Tokens{9, 1, 2, 3, 4, 5, 1, 2, 7, 8, 9, 1, 2});
  EXPECT_EQ(first_guesses(lookup, 3), (Tokens{3, 4, 5}));
}

TEST(Lookup, OfEqualMatchesTheLatestWins) {
  Lookup lookup(Tokens{5, 1, 2, 3, 6, 1, 2, 4, 7, 1, 2});
  EXPECT_EQ(first_guesses(lookup, 2), (Tokens{4, 7}));
}

TEST(Lookup, GuessesNothingBehindNewTokens) {
  EXPECT_TRUE(Lookup(Tokens{}).guess().empty());
  EXPECT_TRUE(Lookup(Tokens{1}).guess().empty());
  EXPECT_TRUE(Lookup(Tokens{1, 2, 3, 4}).guess().empty());
  EXPECT_TRUE(Lookup(Tokens{1, 2, 3, 2}).guess().empty());  // one known token is not enough
}

TEST(Lookup, ARepetitionGoesOn) {
  Lookup lookup(Tokens{7, 1, 2, 3, 1, 2, 3, 1, 2});
  EXPECT_EQ(first_guesses(lookup, 15), (Tokens{3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2}));
}

TEST(Lookup, FindsTokensThatWerePushed) {
  Lookup lookup(Tokens{1, 2});
  for (const text::TokenId token : {3, 4, 5, 2, 3}) lookup.push(token);
  EXPECT_EQ(first_guesses(lookup, 2), (Tokens{4, 5}));
}

TEST(Lookup, LongMatchesAreTrustedMoreThanShortOnes) {
  Tokens text;
  for (text::TokenId i = 0; i < 40; ++i) text.push_back(i);
  Tokens longer = text;
  longer.insert(longer.end(), text.begin(), text.begin() + 20);
  Lookup far(longer);
  Tokens shorter = text;
  shorter.insert(shorter.end(), {3, 4});
  Lookup near(shorter);
  ASSERT_FALSE(far.guess().empty());
  ASSERT_FALSE(near.guess().empty());
  EXPECT_GT(far.chance(0), near.chance(0));
  EXPECT_GT(near.chance(10), near.chance(0));  // if ten more are right it is a long match
}

TEST(Lookup, LearnsFromWhatCameTrue) {
  Tokens text;
  for (text::TokenId i = 0; i < 60; ++i) text.push_back(i % 50);
  Lookup right(text);
  right.guess();
  const double before = right.chance(0);
  for (text::TokenId i = 10; i < 40; ++i) {
    right.push(i);
    right.guess();
  }
  EXPECT_GT(right.chance(0), before);
  EXPECT_GT(right.chance(0), 0.9);

  Lookup wrong(Tokens{1, 2, 3});
  for (text::TokenId i = 100; i < 140; ++i) {  // "1 2" is always followed by something new
    wrong.push(1);
    wrong.push(2);
    wrong.guess();
    wrong.push(i);
    wrong.guess();
  }
  wrong.push(1);
  wrong.push(2);
  ASSERT_FALSE(wrong.guess().empty());
  EXPECT_LT(wrong.chance(0), 0.05);
}

}  // namespace
}  // namespace samovar::engine
