// UTF-8 read and written by hand, for bytes that may be anything. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace samovar {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

enum class Utf8State : uint8_t {
  kWhole,    // a well-formed character
  kInvalid,  // `size` bytes that no continuation can turn into a character
  kCut,      // the text ends inside what may become a character; `size` bytes reach the end
};

struct Utf8Char {
  char32_t code = kReplacementCharacter;  // kReplacementCharacter unless kWhole
  uint8_t size = 0;                       // bytes, 1..4
  Utf8State state = Utf8State::kInvalid;
};

// The character that starts at text[at]. Overlong forms, surrogates and codes over U+10FFFF are invalid;
// invalid bytes are cut as Unicode recommends (one replacement per maximal broken prefix).
// Precondition: at < text.size().
[[nodiscard]] Utf8Char decode_utf8(std::string_view text, size_t at);

// Appends the 1..4 bytes of `code`; of U+FFFD for what is no character (half of a surrogate pair, over
// U+10FFFF).
void append_utf8(char32_t code, std::string& out);

// The bytes of the character that `text` begins with; 0 when it is not well-formed, or there is none.
[[nodiscard]] size_t utf8_length(std::string_view text);

// Characters of well-formed text.
[[nodiscard]] size_t count_characters(std::string_view text);

[[nodiscard]] bool is_valid_utf8(std::string_view text);

// The length that a first byte announces (1..4; 1 for a byte that cannot be first), whatever follows it.
[[nodiscard]] size_t announced_utf8_length(unsigned char first);

}  // namespace samovar
