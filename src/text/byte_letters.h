// GPT-2's alphabet: byte-level vocabularies spell each byte as one printable letter (a space is "Ġ").
// Immutable tables, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace samovar::text {

// The letter of a byte, as UTF-8 (1 or 2 bytes).
[[nodiscard]] std::string_view byte_letter(uint8_t byte);

// Spells `bytes` in letters, appending to `out`.
void append_letters(std::string_view bytes, std::string& out);

// The bytes that `letters` spell. A character that is no letter of the alphabet stands for itself.
[[nodiscard]] std::string letters_to_bytes(std::string_view letters);

}  // namespace samovar::text
