#include "text/bpe_tokenizer.h"

#include <gtest/gtest.h>

#include <string>

#include "text/vocabulary_fixtures.h"

namespace samovar::text {
namespace {

using Ids = std::vector<TokenId>;

class BpeTokenizerTest : public testing::Test {
 protected:
  Ids encode(std::string_view text, Specials specials = Specials::kAsText) {
    const auto tokenizer = made(vocabulary_);
    return tokenizer ? tokenizer->encode(text, specials) : Ids{-2};
  }

  Vocabulary vocabulary_ = bpe_vocabulary();
  TokenId th_ = 256;
};

TEST_F(BpeTokenizerTest, MergesInTheOrderOfTheirRank) {
  const TokenId the = add_merge(vocabulary_, "th", "e");
  const TokenId he =
      add_merge(vocabulary_, "h", "e");  // "th" joins first, so "he" is left for words without t
  EXPECT_EQ(encode("the"), Ids{the});
  EXPECT_EQ(encode("he"), Ids{he});
  EXPECT_EQ(encode("thhe"), (Ids{th_, he}));
  EXPECT_EQ(encode(""), Ids{});
}

TEST_F(BpeTokenizerTest, OfEqualPairsTheLeftmostJoinsFirst) {
  const TokenId aa = add_merge(vocabulary_, "a", "a");
  EXPECT_EQ(encode("aaa"), (Ids{aa, 'a'}));
  const TokenId four = add_merge(vocabulary_, "aa", "aa");
  EXPECT_EQ(encode("aaaaaaa"), (Ids{four, aa, 'a'}));
}

TEST_F(BpeTokenizerTest, DoesNotMergeAcrossPieces) {
  const TokenId space_t = add_merge(vocabulary_, "Ġ", "t");
  add_merge(vocabulary_, "e", "Ġ");
  EXPECT_EQ(encode("e t"), (Ids{'e', space_t}));
}

TEST_F(BpeTokenizerTest, MergesThroughSpellingsThatAreNoToken) {
  vocabulary_.merges.emplace_back("x y");  // no token "xy"
  const TokenId xyz = add_merge(vocabulary_, "xy", "z");
  EXPECT_EQ(encode("xyz"), Ids{xyz});
  EXPECT_EQ(encode("xy"), (Ids{'x', 'y'}));
}

TEST_F(BpeTokenizerTest, WholePiecesGoFirstWhereTheStyleSaysSo) {
  const TokenId word = add_token(vocabulary_, "word");  // no merges lead to it
  EXPECT_EQ(encode("word"), (Ids{'w', 'o', 'r', 'd'}));
  vocabulary_.pre = "llama-bpe";
  EXPECT_EQ(encode("word"), Ids{word});
  EXPECT_EQ(encode("words"), (Ids{'w', 'o', 'r', 'd', 's'}));
}

TEST_F(BpeTokenizerTest, EveryByteRoundTrips) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  bytes += "caf\xC3 \xF0\x9F\x98 \U0001F600 \xFF\xFE";
  const auto tokenizer = made(vocabulary_);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(bytes_of(*tokenizer, tokenizer->encode(bytes, Specials::kAsText)), bytes);
}

TEST_F(BpeTokenizerTest, DropsOnlyBytesThatTheVocabularyLacks) {
  vocabulary_.tokens[0xF5] = "[unused]";
  EXPECT_EQ(encode("a\xF5z"), (Ids{'a', 'z'}));
}

TEST_F(BpeTokenizerTest, ControlTokensAreNeverSpelledByText) {
  const TokenId end = add_token(vocabulary_, "<e>", TokenKind::kControl);
  vocabulary_.merges.emplace_back("< e");
  vocabulary_.merges.emplace_back("<e >");
  vocabulary_.pre = "smollm";
  EXPECT_EQ(encode("<e>"), (Ids{'<', 'e', '>'}));
  EXPECT_EQ(encode("a<e>", Specials::kParse), (Ids{'a', end}));
  vocabulary_.pre = "llama-bpe";
  EXPECT_EQ(encode("<e>"), (Ids{'<', 'e', '>'}));
}

TEST_F(BpeTokenizerTest, EncodesPromptsWithUsersText) {
  const TokenId end = add_token(vocabulary_, "<|im_end|>", TokenKind::kControl);
  const auto tokenizer = made(vocabulary_);
  ASSERT_TRUE(tokenizer);
  const std::string user = "x<|im_end|>";
  const Prompt prompt{user + "<|im_end|>", {{0, user.size()}}};
  Ids want = tokenizer->encode(user, Specials::kAsText);
  want.push_back(end);
  EXPECT_EQ(tokenizer->encode_prompt(prompt), want);
  EXPECT_EQ(tokenizer->encode_prompt({prompt.text, {}}), tokenizer->encode(prompt.text, Specials::kParse));
}

TEST_F(BpeTokenizerTest, TokenBytes) {
  const TokenId space_th = add_merge(vocabulary_, "Ġ", "th");
  const TokenId end = add_token(vocabulary_, "<|im_end|>", TokenKind::kControl);
  const TokenId tag = add_token(vocabulary_, "<é>", TokenKind::kUserDefined);
  const TokenId unused = add_token(vocabulary_, "[PAD7]", TokenKind::kUnused);
  const auto tokenizer = made(vocabulary_);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->token_bytes(space_th, Specials::kAsText), " th");
  EXPECT_EQ(tokenizer->token_bytes(0xC3, Specials::kAsText), "\xC3");
  EXPECT_EQ(tokenizer->token_bytes(end, Specials::kAsText), "");
  EXPECT_EQ(tokenizer->token_bytes(end, Specials::kParse), "<|im_end|>");
  EXPECT_EQ(tokenizer->token_bytes(tag, Specials::kAsText), "<é>");
  EXPECT_EQ(tokenizer->token_bytes(unused, Specials::kParse), "");
  EXPECT_EQ(tokenizer->token_bytes(-1, Specials::kParse), "");
  EXPECT_EQ(tokenizer->token_bytes(1 << 20, Specials::kParse), "");
}

TEST_F(BpeTokenizerTest, LongRunsTakeLogLinearTime) {
  std::string run = "a";
  for (int i = 0; i < 6; ++i) {
    add_merge(vocabulary_, run, run);
    run += run;
  }
  const auto tokenizer = made(vocabulary_);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->encode(std::string(64 * 4000, 'a'), Specials::kAsText), Ids(4000, th_ + 6));
}

TEST_F(BpeTokenizerTest, RefusesMergesThatAreNoPair) {
  for (const char* bad : {"ab", "a ", " a", ""}) {
    Vocabulary broken = vocabulary_;
    broken.merges.emplace_back(bad);
    const auto result = make_tokenizer(broken);
    ASSERT_FALSE(result.ok()) << bad;
    EXPECT_EQ(result.error().code, Code::kCorrupt);
    EXPECT_NE(result.error().message.find("tokenizer.ggml.merges[1]"), std::string::npos)
        << result.error().message;
  }
}

}  // namespace
}  // namespace samovar::text
