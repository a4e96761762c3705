#include "text/byte_letters.h"

#include <gtest/gtest.h>

#include <set>

namespace samovar::text {
namespace {

TEST(ByteLetters, KnownLetters) {
  EXPECT_EQ(byte_letter('A'), "A");
  EXPECT_EQ(byte_letter(' '), "Ġ");
  EXPECT_EQ(byte_letter('\n'), "Ċ");
  EXPECT_EQ(byte_letter('\t'), "ĉ");
  EXPECT_EQ(byte_letter(0x00), "Ā");
  EXPECT_EQ(byte_letter(0xAD), "Ń");
  EXPECT_EQ(byte_letter(0xC3), "Ã");
}

TEST(ByteLetters, EveryByteHasALetterOfItsOwn) {
  std::set<std::string_view> seen;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string_view letter = byte_letter(static_cast<uint8_t>(byte));
    EXPECT_TRUE(seen.insert(letter).second) << byte;
    EXPECT_EQ(letters_to_bytes(letter), std::string(1, static_cast<char>(byte)));
  }
}

TEST(ByteLetters, SpellsText) {
  std::string letters;
  append_letters(" é\n", letters);
  EXPECT_EQ(letters, "ĠÃ©Ċ");
  EXPECT_EQ(letters_to_bytes(letters), " é\n");
}

TEST(ByteLetters, KeepsWhatIsNoLetter) { EXPECT_EQ(letters_to_bytes("a本\xFF"), "a本\xFF"); }

}  // namespace
}  // namespace samovar::text
