#include "text/pre_tokenizer.h"

#include <gtest/gtest.h>

#include <string>

#include "text/pre_tokenizer_tables.h"

namespace samovar::text {
namespace {

using Pieces = std::vector<std::string>;

Pieces cut(const PreTokenizer& pre, std::string_view text) {
  Pieces pieces;
  size_t begin = 0;
  for (const size_t end : pre.split(text)) {
    pieces.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  EXPECT_EQ(begin, text.size());
  return pieces;
}

Pieces cut(std::string_view name, std::string_view text) {
  Result<PreTokenizer> pre = PreTokenizer::make(name);
  EXPECT_TRUE(pre.ok()) << name;
  return pre ? cut(*pre, text) : Pieces{};
}

TEST(PreTokenizer, EveryKnownStyleCutsAnyTextWithoutLoss) {
  const std::string text = "Hello, world!  It's 2024:\n\n  \tnaïve Ⅷ 你好 \U0001F600\xFF\xE2\x82 end \r\n";
  for (const std::string_view name : pre_tokenizer_names()) {
    std::string joined;
    for (const std::string& piece : cut(name, text)) {
      EXPECT_FALSE(piece.empty()) << name;
      joined += piece;
    }
    EXPECT_EQ(joined, text) << name;
    EXPECT_TRUE(cut(name, "").empty()) << name;
  }
}

TEST(PreTokenizer, Gpt2) {
  EXPECT_EQ(cut("gpt-2", "Hello  world, it's 12345!\n\n x"),
            (Pieces{"Hello", " ", " world", ",", " it", "'s", " 12345", "!", "\n\n", " x"}));
  EXPECT_EQ(cut("gpt-2", "I'M"), (Pieces{"I", "'", "M"}));
  EXPECT_EQ(cut("gpt-2", "end   "), (Pieces{"end", "   "}));
}

TEST(PreTokenizer, SmollmTakesDigitsApart) {
  EXPECT_EQ(cut("smollm", "in 2024 x"), (Pieces{"in", " ", "2", "0", "2", "4", " x"}));
}

TEST(PreTokenizer, Llama3) {
  EXPECT_EQ(cut("llama-bpe", "I'M 1234567 _foo!!\n\n  bar \n"),
            (Pieces{"I", "'M", " ", "123", "456", "7", " _", "foo", "!!\n\n", " ", " bar", " \n"}));
  EXPECT_EQ(cut("llama3", "(word"), (Pieces{"(word"}));
}

TEST(PreTokenizer, Qwen2) {
  EXPECT_EQ(cut("qwen2", "x=12; don't"), (Pieces{"x", "=", "1", "2", ";", " don", "'t"}));
}

TEST(PreTokenizer, DefaultTakesPunctuationOffFirst) {
  EXPECT_EQ(cut("default", "a, 1234b"), (Pieces{"a", ",", " ", "123", "4", "b"}));
  EXPECT_EQ(cut("nobody knows this one", "a, 1234b"), cut("default", "a, 1234b"));
}

TEST(PreTokenizer, Gpt4oPartsAtCapitals) {
  EXPECT_EQ(cut("gpt-4o", "HelloWorld XMLHttp"), (Pieces{"Hello", "World", " XMLHttp"}));
  EXPECT_EQ(cut("gpt-4o", "it's a/b\n"), (Pieces{"it's", " a", "/b", "\n"}));
}

TEST(PreTokenizer, DeepSeek3) {
  EXPECT_EQ(cut("deepseek-v3", "你好abc 12345 #tag"), (Pieces{"你好", "abc", " ", "123", "45", " #", "tag"}));
}

TEST(PreTokenizer, WhiteSpaceIsUnicodes) {
  EXPECT_EQ(cut("gpt-2", "a\u3000\u3000b"), (Pieces{"a", "\u3000", "\u3000", "b"}));
  EXPECT_EQ(cut("gpt-2", "a\u180E!"), (Pieces{"a", "\u180E!"}));  // not white space since Unicode 6.3
}

TEST(PreTokenizer, BrokenBytesCountAsOneReplacementCharacter) {
  EXPECT_EQ(cut("gpt-2", "ab\xFF\xFE cd"), (Pieces{"ab", "\xFF\xFE", " cd"}));
  EXPECT_EQ(cut("gpt-2", "caf\xC3"), (Pieces{"caf", "\xC3"}));
}

TEST(PreTokenizer, LongRunsTakeLinearTime) {
  for (const std::string_view name : pre_tokenizer_names()) {
    const Result<PreTokenizer> pre = PreTokenizer::make(name);
    ASSERT_TRUE(pre.ok()) << name;
    for (const char c : {' ', 'a', 'A', '1', '-', '\n', '\''}) {
      const std::string text = std::string(100000, c) + "x";
      EXPECT_EQ(pre->split(text).back(), text.size()) << name << " on " << c;
    }
  }
}

TEST(PreTokenizer, OnlySomeStylesTakeWholePieces) {
  EXPECT_TRUE(PreTokenizer::make("llama-bpe")->whole_pieces_first());
  EXPECT_FALSE(PreTokenizer::make("qwen2")->whole_pieces_first());
}

}  // namespace
}  // namespace samovar::text
