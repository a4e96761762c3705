#include "text/stream_decoder.h"

#include <gtest/gtest.h>

#include <string>

#include "base/utf8.h"
#include "text/vocabulary_fixtures.h"

namespace samovar::text {
namespace {

class StreamDecoderTest : public testing::Test {
 protected:
  // What each of the bytes gives, joined by '|'; the end's rest comes last.
  std::string streamed(std::string_view bytes) {
    StreamDecoder decoder(*tokenizer_);
    std::string out;
    for (const char byte : bytes) {
      const std::string text = decoder.push(static_cast<uint8_t>(byte));
      EXPECT_TRUE(is_valid_utf8(text));
      out += text + "|";
    }
    return out + decoder.finish();
  }

  Vocabulary vocabulary_ = bpe_vocabulary();
  TokenId end_ = add_token(vocabulary_, "<|im_end|>", TokenKind::kControl);
  TokenId two_ = add_token(vocabulary_, "Ãa");  // bytes C3 61
  std::unique_ptr<Tokenizer> tokenizer_ = made(vocabulary_);
};

TEST_F(StreamDecoderTest, HoldsBackUnfinishedCharacters) {
  EXPECT_EQ(streamed("a\U0001F600b"), "a||||\U0001F600|b|");
  EXPECT_EQ(streamed("é"), "|é|");
}

TEST_F(StreamDecoderTest, ReplacesBytesThatCanNeverBecomeACharacter) {
  EXPECT_EQ(streamed("\xFFz"), "\uFFFD|z|");
  EXPECT_EQ(streamed("\xF0\x9Fz"), "||\uFFFDz|");
  EXPECT_EQ(streamed("\xE0\x80"), "|\uFFFD\uFFFD|");
}

TEST_F(StreamDecoderTest, AnUnfinishedEndBecomesOneReplacement) {
  EXPECT_EQ(streamed("a\xF0\x9F\x98"), "a||||\uFFFD");
  EXPECT_EQ(streamed(""), "");
}

TEST_F(StreamDecoderTest, ControlTokensAreSilentAndUnknownIdsHarmless) {
  StreamDecoder decoder(*tokenizer_);
  EXPECT_EQ(decoder.push('a'), "a");
  EXPECT_EQ(decoder.push(end_), "");
  EXPECT_EQ(decoder.push(-1), "");
  EXPECT_EQ(decoder.push(two_), "\uFFFDa");
  EXPECT_EQ(decoder.finish(), "");
}

TEST_F(StreamDecoderTest, FinishStartsAnew) {
  StreamDecoder decoder(*tokenizer_);
  EXPECT_EQ(decoder.push(0xC3), "");
  EXPECT_EQ(decoder.finish(), "\uFFFD");
  EXPECT_EQ(decoder.push(0xA9), "\uFFFD");
}

TEST_F(StreamDecoderTest, AnyStreamOfBytesGivesWhatWholeTextGives) {
  uint32_t random = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 12; ++i) {
      random = random * 1664525u + 1013904223u;
      constexpr std::string_view kAlphabet = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xFF";
      bytes += kAlphabet[(random >> 16) % kAlphabet.size()];
    }
    std::string whole;
    for (size_t at = 0; at < bytes.size();) {
      const Utf8Char c = decode_utf8(bytes, at);
      append_utf8(c.code, whole);
      at += c.size;
    }
    std::string text = streamed(bytes);
    std::erase(text, '|');
    ASSERT_EQ(text, whole);
  }
}

}  // namespace
}  // namespace samovar::text
