#include "text/spm_tokenizer.h"

#include <gtest/gtest.h>

#include <string>

#include "text/vocabulary_fixtures.h"

namespace samovar::text {
namespace {

using Ids = std::vector<TokenId>;

class SpmTokenizerTest : public testing::Test {
 protected:
  TokenId add(std::string_view spelling, float score) {
    return add_token(vocabulary_, spelling, TokenKind::kNormal, score);
  }

  Ids encode(std::string_view text, Specials specials = Specials::kAsText) {
    const auto tokenizer = made(vocabulary_);
    return tokenizer ? tokenizer->encode(text, specials) : Ids{-2};
  }

  static TokenId byte(int value) { return 3 + value; }

  Vocabulary vocabulary_ = spm_vocabulary();
  TokenId a_ = add("a", -10);
  TokenId b_ = add("b", -10);
  TokenId c_ = add("c", -10);
  TokenId space_ = add("▁", -10);
};

TEST_F(SpmTokenizerTest, JoinsTheBestScoreFirst) {
  const TokenId ab = add("ab", -2);
  const TokenId bc = add("bc", -1);
  EXPECT_EQ(encode("abc"), (Ids{a_, bc}));
  EXPECT_EQ(encode("abab"), (Ids{ab, ab}));
  const TokenId abc = add("abc", -5);
  EXPECT_EQ(encode("abc"), Ids{abc});
}

TEST_F(SpmTokenizerTest, OfEqualScoresTheLeftmostJoinsFirst) {
  const TokenId aa = add("aa", -1);
  EXPECT_EQ(encode("aaa"), (Ids{aa, a_}));
  const TokenId ab = add("ab", 0.0F);
  const TokenId ba = add("ba", -0.0F);
  EXPECT_EQ(encode("aba"), (Ids{ab, a_}));
  EXPECT_EQ(encode("bab"), (Ids{ba, b_}));
}

TEST_F(SpmTokenizerTest, PositiveScoresRankOverNegativeOnes) {
  add("ab", -1);
  const TokenId bc = add("bc", 3);
  EXPECT_EQ(encode("abc"), (Ids{a_, bc}));
}

TEST_F(SpmTokenizerTest, UnknownCharactersBecomeBytes) {
  EXPECT_EQ(encode("aé"), (Ids{a_, byte(0xC3), byte(0xA9)}));
  EXPECT_EQ(encode("\n"), Ids{byte('\n')});
  EXPECT_EQ(encode("a\xFF\xE2"), (Ids{a_, byte(0xFF), byte(0xE2)}));
  const auto tokenizer = made(vocabulary_);
  ASSERT_TRUE(tokenizer);
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(bytes_of(*tokenizer, tokenizer->encode(bytes, Specials::kAsText)), bytes);
}

TEST_F(SpmTokenizerTest, SpacesAreEscaped) {
  const TokenId space_a = add("▁a", -1);
  EXPECT_EQ(encode("b a  a"), (Ids{b_, space_a, space_, space_a}));
  const auto tokenizer = made(vocabulary_);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->token_bytes(space_a, Specials::kAsText), " a");
}

TEST_F(SpmTokenizerTest, SpacePrefixStandsAtTheStartAndBehindSpecialTokens) {
  vocabulary_.add_space_prefix = true;
  const TokenId space_a = add("▁a", -1);
  EXPECT_EQ(encode("a"), Ids{space_a});
  EXPECT_EQ(encode(" a"), (Ids{space_, space_a}));
  EXPECT_EQ(encode("a<s>a", Specials::kParse), (Ids{space_a, vocabulary_.bos_id, space_a}));
  EXPECT_EQ(encode("<s>", Specials::kParse), Ids{vocabulary_.bos_id});
  EXPECT_EQ(encode(""), Ids{});
}

TEST_F(SpmTokenizerTest, TextNeverSpellsControlOrByteTokens) {
  const TokenId open = add("<", -1);
  const TokenId open_s = add("<s", -1);
  const TokenId close = add(">", -1);
  EXPECT_EQ(encode("<s>"), (Ids{open_s, close}));
  const TokenId byte_start = add("<0x0A", -1);
  add("<0", -1);
  add("<0x", -1);
  add("<0x0", -1);
  EXPECT_EQ(encode("<0x0A>"), (Ids{byte_start, close}));
  EXPECT_EQ(encode("<"), Ids{open});
}

TEST_F(SpmTokenizerTest, EncodesPromptsWithUsersText) {
  const auto tokenizer = made(vocabulary_);
  ASSERT_TRUE(tokenizer);
  Ids want = tokenizer->encode("</s>a", Specials::kAsText);
  want.insert(want.begin(), vocabulary_.bos_id);
  EXPECT_EQ(tokenizer->encode_prompt({"<s></s>a", {{3, 8}}}), want);
  EXPECT_EQ(tokenizer->encode_prompt({"<s></s>a", {}}), (Ids{vocabulary_.bos_id, vocabulary_.eos_id, a_}));
}

TEST_F(SpmTokenizerTest, BytesFallBackToTheRawByteThenToUnknown) {
  vocabulary_.tokens[static_cast<size_t>(byte('b'))] = "[no byte 98]";
  vocabulary_.tokens[static_cast<size_t>(byte('z'))] = "[no byte 122]";
  vocabulary_.kinds[static_cast<size_t>(byte('z'))] = TokenKind::kUnused;
  EXPECT_EQ(encode("bz"), (Ids{b_, vocabulary_.unknown_id}));
  vocabulary_.unknown_id = -1;
  const auto result = make_tokenizer(vocabulary_);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kCorrupt);
  EXPECT_NE(result.error().message.find("tokenizer.ggml.tokens has no token for byte 122"),
            std::string::npos);
}

TEST_F(SpmTokenizerTest, TokenBytes) {
  const TokenId tag = add_token(vocabulary_, "  ", TokenKind::kUserDefined);
  const auto tokenizer = made(vocabulary_);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->token_bytes(byte(0x80), Specials::kAsText), "\x80");
  EXPECT_EQ(tokenizer->token_bytes(tag, Specials::kAsText), "  ");
  EXPECT_EQ(tokenizer->token_bytes(vocabulary_.bos_id, Specials::kAsText), "");
  EXPECT_EQ(tokenizer->token_bytes(vocabulary_.bos_id, Specials::kParse), "<s>");
  EXPECT_EQ(tokenizer->token_bytes(vocabulary_.unknown_id, Specials::kAsText), "");
  EXPECT_EQ(tokenizer->token_bytes(-5, Specials::kParse), "");
}

TEST_F(SpmTokenizerTest, LongRunsTakeLogLinearTime) {
  std::string run = "a";
  TokenId longest = a_;
  for (int i = 0; i < 6; ++i) {
    run += run;
    longest = add(run, static_cast<float>(-i));
  }
  EXPECT_EQ(encode(std::string(64 * 4000, 'a')), Ids(4000, longest));
}

// The text is cut where no token spans two characters; the cut must not change the result.
TEST_F(SpmTokenizerTest, JoinsAcrossEveryPairThatSomeTokenHas) {
  const TokenId word = add("日本", -1);
  add("日", -3);
  const TokenId hon = add("本", -3);
  const TokenId mixed = add("本a", -0.5F);
  EXPECT_EQ(encode("日本本a"), (Ids{word, mixed}));
  EXPECT_EQ(encode("b本c"), (Ids{b_, hon, c_}));
}

}  // namespace
}  // namespace samovar::text
