#include "text/special_tokens.h"

#include <gtest/gtest.h>

#include <string>

#include "text/vocabulary_fixtures.h"

namespace samovar::text {
namespace {

struct Found {
  std::string text;
  TokenId id;
  bool operator==(const Found&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Found& found) {
  return out << found.id << ":\"" << found.text << '"';
}

class SpecialTokensTest : public testing::Test {
 protected:
  std::vector<Found> split(std::string_view text, Specials specials = Specials::kParse,
                           std::vector<Range> plain = {}) {
    const SpecialTokens tokens(vocabulary_);
    std::vector<Found> out;
    for (const Fragment& f : tokens.split(text, specials, plain)) {
      out.push_back({std::string(text.substr(f.begin, f.end - f.begin)), f.id});
    }
    return out;
  }

  Vocabulary vocabulary_ = bpe_vocabulary();
  TokenId start_ = add_token(vocabulary_, "<|im_start|>", TokenKind::kControl);
  TokenId end_ = add_token(vocabulary_, "<|im_end|>", TokenKind::kControl);
  TokenId tag_ = add_token(vocabulary_, "<b>", TokenKind::kUserDefined);
};

using Split = std::vector<Found>;

TEST_F(SpecialTokensTest, CutsAtControlTokensOnlyWhenAsked) {
  const std::string text = "<|im_start|>hi<|im_end|>";
  EXPECT_EQ(split(text), (Split{{"<|im_start|>", start_}, {"hi", -1}, {"<|im_end|>", end_}}));
  EXPECT_EQ(split(text, Specials::kAsText), (Split{{text, -1}}));
  EXPECT_EQ(split(""), Split{});
}

TEST_F(SpecialTokensTest, UserDefinedTokensAreAlwaysFound) {
  EXPECT_EQ(split("x<b>y", Specials::kAsText), (Split{{"x", -1}, {"<b>", tag_}, {"y", -1}}));
  EXPECT_EQ(split("x<b>y", Specials::kParse, {{0, 5}}), (Split{{"x", -1}, {"<b>", tag_}, {"y", -1}}));
}

TEST_F(SpecialTokensTest, PlainRangesHideControlTokens) {
  const std::string text = "a<|im_end|>b<|im_end|>c";
  EXPECT_EQ(split(text, Specials::kParse, {{0, 12}}),
            (Split{{"a<|im_end|>b", -1}, {"<|im_end|>", end_}, {"c", -1}}));
  // A spelling put together from the user's and the template's text counts as the user's.
  EXPECT_EQ(split(text, Specials::kParse, {{3, 4}, {21, 22}}), (Split{{text, -1}}));
  EXPECT_EQ(split(text, Specials::kParse, {{0, 1}, {11, 12}, {22, 23}}),
            (Split{{"a", -1}, {"<|im_end|>", end_}, {"b", -1}, {"<|im_end|>", end_}, {"c", -1}}));
  EXPECT_EQ(split(text, Specials::kParse, {{5, 5}}), split(text));
}

TEST_F(SpecialTokensTest, LongerSpellingsWinEverywhere) {
  const TokenId two = add_token(vocabulary_, "\n\n", TokenKind::kUserDefined);
  const TokenId three = add_token(vocabulary_, "\n\n\n", TokenKind::kUserDefined);
  const TokenId late = add_token(vocabulary_, "\nABCD", TokenKind::kUserDefined);
  EXPECT_EQ(split("\n\n\n\n\n\n\n"), (Split{{"\n\n\n", three}, {"\n\n\n", three}, {"\n", -1}}));
  EXPECT_EQ(split("\n\n\n\n\n"), (Split{{"\n\n\n", three}, {"\n\n", two}}));
  // "\n\n\n" comes first in the text, but "\nABCD" is longer; what is left in front is cut anew.
  EXPECT_EQ(split("\n\n\nABCD"), (Split{{"\n\n", two}, {"\nABCD", late}}));
}

TEST_F(SpecialTokensTest, WellKnownSpellingsEndTheGeneration) {
  const TokenId normal = add_token(vocabulary_, "<end_of_turn>", TokenKind::kNormal);
  vocabulary_.eos_id = tag_;
  const SpecialTokens tokens(vocabulary_);
  EXPECT_TRUE(tokens.ends_generation(end_));
  EXPECT_TRUE(tokens.ends_generation(normal));
  EXPECT_TRUE(tokens.ends_generation(tag_));
  EXPECT_FALSE(tokens.ends_generation(start_));
  EXPECT_FALSE(tokens.ends_generation(-1));
  EXPECT_FALSE(tokens.ends_generation(100000));
  EXPECT_EQ(tokens.kind(normal), TokenKind::kControl);
}

TEST_F(SpecialTokensTest, GptOssClosesPartsWithItsEndToken) {
  const TokenId end = add_token(vocabulary_, "<|end|>", TokenKind::kControl);
  EXPECT_TRUE(SpecialTokens(vocabulary_).ends_generation(end));
  const TokenId returns = add_token(vocabulary_, "<|return|>", TokenKind::kControl);
  add_token(vocabulary_, "<|call|>", TokenKind::kControl);
  const TokenId channel = add_token(vocabulary_, "<|channel|>", TokenKind::kControl);
  const SpecialTokens tokens(vocabulary_);
  EXPECT_FALSE(tokens.ends_generation(end));
  EXPECT_TRUE(tokens.ends_generation(returns));
  EXPECT_EQ(tokens.kind(channel), TokenKind::kUserDefined);
  // It is shown in answers, yet users cannot write it.
  EXPECT_EQ(split("<|channel|>", Specials::kParse, {{0, 11}}), (Split{{"<|channel|>", -1}}));
}

TEST_F(SpecialTokensTest, Phi3TokensSwallowWhiteSpace) {
  vocabulary_ = spm_vocabulary();
  const TokenId user = add_token(vocabulary_, "<|user|>", TokenKind::kControl);
  add_token(vocabulary_, "<|assistant|>", TokenKind::kControl);
  EXPECT_EQ(split("<|user|> \nhi"), (Split{{"<|user|>", user}, {" \nhi", -1}}));
  add_token(vocabulary_, "<|placeholder1|>", TokenKind::kControl);
  EXPECT_EQ(split("<|user|> \nhi"), (Split{{"<|user|>", user}, {"hi", -1}}));
  EXPECT_EQ(split("<s> hi"), (Split{{"<s>", vocabulary_.bos_id}, {" hi", -1}}));
  EXPECT_EQ(split("<|user|>\n"), (Split{{"<|user|>", user}}));
}

TEST_F(SpecialTokensTest, HostileRunsTakeLinearTime) {
  for (int n = 2; n < 32; ++n)
    add_token(vocabulary_, std::string(static_cast<size_t>(n), ' '), TokenKind::kUserDefined);
  const std::string spaces(300000, ' ');
  EXPECT_EQ(split(spaces).size(), (spaces.size() + 30) / 31);
  std::string almost;
  while (almost.size() < 300000) almost += "<|im_en";
  EXPECT_EQ(split(almost).size(), 1U);
}

}  // namespace
}  // namespace samovar::text
