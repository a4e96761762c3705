#include "base/utf8.h"

#include <algorithm>

namespace samovar {
namespace {

struct Lead {
  uint8_t size;       // 0: cannot start a character
  uint8_t low, high;  // allowed second byte
  uint8_t bits;       // payload mask of the first byte
};

// Unicode, table 3-7 (well-formed UTF-8 byte sequences).
Lead classify(unsigned char first) {
  if (first < 0x80) return {1, 0, 0, 0x7F};
  if (first < 0xC2) return {0, 0, 0, 0};
  if (first < 0xE0) return {2, 0x80, 0xBF, 0x1F};
  if (first == 0xE0) return {3, 0xA0, 0xBF, 0x0F};
  if (first == 0xED) return {3, 0x80, 0x9F, 0x0F};
  if (first < 0xF0) return {3, 0x80, 0xBF, 0x0F};
  if (first == 0xF0) return {4, 0x90, 0xBF, 0x07};
  if (first < 0xF4) return {4, 0x80, 0xBF, 0x07};
  if (first == 0xF4) return {4, 0x80, 0x8F, 0x07};
  return {0, 0, 0, 0};
}

}  // namespace

Utf8Char decode_utf8(std::string_view text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const Lead lead = classify(first);
  if (lead.size == 1) return {first, 1, Utf8State::kWhole};
  if (lead.size == 0) return {kReplacementCharacter, 1, Utf8State::kInvalid};
  char32_t code = first & lead.bits;
  uint8_t low = lead.low;
  uint8_t high = lead.high;
  for (uint8_t i = 1; i < lead.size; ++i) {
    if (at + i >= text.size()) return {kReplacementCharacter, i, Utf8State::kCut};
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if (byte < low || byte > high) return {kReplacementCharacter, i, Utf8State::kInvalid};
    code = code << 6 | (byte & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {code, lead.size, Utf8State::kWhole};
}

void append_utf8(char32_t code, std::string& out) {
  if ((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) code = kReplacementCharacter;
  const auto tail = [&out](char32_t value) { out.push_back(static_cast<char>(0x80 | (value & 0x3F))); };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code >> 6));
    tail(code);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code >> 12));
    tail(code >> 6);
    tail(code);
  } else {
    out.push_back(static_cast<char>(0xF0 | code >> 18));
    tail(code >> 12);
    tail(code >> 6);
    tail(code);
  }
}

size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const Utf8Char first = decode_utf8(text, 0);
  return first.state == Utf8State::kWhole ? first.size : 0;
}

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_valid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = decode_utf8(text, at);
    if (c.state != Utf8State::kWhole) return false;
    at += c.size;
  }
  return true;
}

size_t announced_utf8_length(unsigned char first) {
  if (first < 0xC0) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

}  // namespace samovar
