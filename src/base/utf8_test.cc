#include "base/utf8.h"

#include <gtest/gtest.h>

#include <vector>

namespace samovar {
namespace {

std::string mended(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = decode_utf8(text, at);
    append_utf8(c.code, out);
    at += c.size;
  }
  return out;
}

TEST(Utf8, RoundTripsEveryCharacter) {
  std::string encoded;
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    encoded.clear();
    append_utf8(code, encoded);
    const Utf8Char c = decode_utf8(encoded, 0);
    ASSERT_EQ(c.state, Utf8State::kWhole) << "U+" << std::hex << static_cast<uint32_t>(code);
    ASSERT_EQ(c.code, code);
    ASSERT_EQ(c.size, encoded.size());
    ASSERT_EQ(announced_utf8_length(static_cast<unsigned char>(encoded[0])), encoded.size());
  }
}

// The Unicode standard's own example of replacement (chapter 3, table 3-11).
TEST(Utf8, ReplacesMaximalBrokenPrefixes) {
  EXPECT_EQ(mended("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"),
            "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndCodesPastTheEnd) {
  for (const std::string_view bad : {"\xC0\x80", "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xED\xA0\x80",
                                     "\xF4\x90\x80\x80", "\xF8\x88\x80\x80", "\xFF", "\x80"}) {
    EXPECT_EQ(decode_utf8(bad, 0).state, Utf8State::kInvalid);
    EXPECT_FALSE(is_valid_utf8(bad));
  }
}

TEST(Utf8, TellsACutCharacterFromABrokenOne) {
  const std::string_view emoji = "\U0001F600";
  for (size_t size = 1; size < 4; ++size) {
    const Utf8Char c = decode_utf8(emoji.substr(0, size), 0);
    EXPECT_EQ(c.state, Utf8State::kCut);
    EXPECT_EQ(c.size, size);
  }
  EXPECT_EQ(decode_utf8("\xF0\x9F!", 0).state, Utf8State::kInvalid);
  EXPECT_EQ(decode_utf8("\xF0\x9F!", 0).size, 2);
}

TEST(Utf8, CharactersAreCodePoints) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("añ🙂"), 3U);
}

}  // namespace
}  // namespace samovar
