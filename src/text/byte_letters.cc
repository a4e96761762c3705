#include "text/byte_letters.h"

#include <array>

#include "base/utf8.h"

namespace samovar::text {
namespace {

constexpr char32_t kLetterEnd = 256 + 68;  // 68 bytes are not printable in Latin-1 and moved past U+00FF

struct Alphabet {
  std::array<std::string, 256> letters;
  std::array<int16_t, kLetterEnd> bytes;  // letter code -> byte, -1: no letter
};

bool stands_for_itself(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

Alphabet make_alphabet() {
  Alphabet alphabet;
  alphabet.bytes.fill(-1);
  char32_t next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char32_t code = stands_for_itself(byte) ? byte : next++;
    append_utf8(code, alphabet.letters[byte]);
    alphabet.bytes[code] = static_cast<int16_t>(byte);
  }
  return alphabet;
}

const Alphabet& alphabet() {
  static const Alphabet instance = make_alphabet();
  return instance;
}

}  // namespace

std::string_view byte_letter(uint8_t byte) { return alphabet().letters[byte]; }

void append_letters(std::string_view bytes, std::string& out) {
  const Alphabet& table = alphabet();
  for (const char byte : bytes) out += table.letters[static_cast<uint8_t>(byte)];
}

std::string letters_to_bytes(std::string_view letters) {
  const Alphabet& table = alphabet();
  std::string out;
  out.reserve(letters.size());
  for (size_t at = 0; at < letters.size();) {
    const Utf8Char c = decode_utf8(letters, at);
    const bool known = c.state == Utf8State::kWhole && c.code < kLetterEnd && table.bytes[c.code] >= 0;
    if (known) {
      out.push_back(static_cast<char>(table.bytes[c.code]));
    } else {
      out.append(letters, at, c.size);
    }
    at += c.size;
  }
  return out;
}

}  // namespace samovar::text
