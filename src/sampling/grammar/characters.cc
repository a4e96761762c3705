#include "sampling/grammar/characters.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace samovar::sampling::grammar {
namespace {

constexpr CodeRange kSurrogates = {0xD800, 0xDFFF};
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string encode_utf8(uint32_t code) {
  const auto tail = [code](unsigned shift) { return static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0U | (code >> 6U)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0U | (code >> 12U)), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | (code >> 18U)), tail(12), tail(6), tail(0)};
}

// One range whose ends have encodings of equal length: cut until every byte but the first ones differs over
// its whole span.
void add_range(Builder& builder, Piece piece, CodeRange range) {
  constexpr std::array<uint32_t, 3> kLast = {0x7F, 0x7FF, 0xFFFF};
  for (const uint32_t last : kLast) {
    if (range.low <= last && range.high > last) {
      add_range(builder, piece, {range.low, last});
      return add_range(builder, piece, {last + 1, range.high});
    }
  }
  const size_t length = encode_utf8(range.high).size();
  for (size_t tail = 1; tail < length; ++tail) {
    const uint32_t span = (1U << (6U * tail)) - 1U;
    if ((range.low & ~span) == (range.high & ~span)) continue;
    if ((range.low & span) != 0) {
      add_range(builder, piece, {range.low, range.low | span});
      return add_range(builder, piece, {(range.low | span) + 1, range.high});
    }
    if ((range.high & span) != span) {
      add_range(builder, piece, {range.low, (range.high & ~span) - 1});
      return add_range(builder, piece, {range.high & ~span, range.high});
    }
  }
  const std::string low = encode_utf8(range.low);
  const std::string high = encode_utf8(range.high);
  StateId at = piece.begin;
  for (size_t i = 0; i < length; ++i) {
    const StateId next = i + 1 == length ? piece.end : builder.add_state();
    builder.add_bytes(at, static_cast<uint8_t>(low[i]), static_cast<uint8_t>(high[i]), next);
    at = next;
  }
}

char short_escape(uint32_t code) {
  switch (code) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

std::string escape(uint32_t code) {
  if (const char letter = short_escape(code)) return {'\\', letter};
  return {'\\', 'u', '0', '0', kHexDigits[code >> 4U], kHexDigits[code & 15U]};
}

const CodeSet& needs_escape() {
  static const CodeSet kSet = {{0, 0x1F}, {'"', '"'}, {'\\', '\\'}};
  return kSet;
}

// One hexadecimal digit of `value_low`..`value_high` in either case.
Piece hex_digit(Builder& builder, unsigned value_low, unsigned value_high) {
  std::vector<Piece> choices;
  for (unsigned value = value_low; value <= value_high; ++value) {
    const auto digit = static_cast<uint8_t>(kHexDigits[value]);
    choices.push_back(builder.bytes(digit, digit));
    if (value > 9)
      choices.push_back(builder.bytes(static_cast<uint8_t>(digit - 32), static_cast<uint8_t>(digit - 32)));
  }
  return builder.any_of(choices);
}

Piece hex_tail(Builder& builder, Piece first, int n) {
  for (int i = 0; i < n; ++i) first = builder.sequence(first, hex_digit(builder, 0, 15));
  return first;
}

// \uXXXX of a character, or of a pair of surrogates; a lone surrogate is no text.
Piece unicode_escape(Builder& builder) {
  const auto tagged = [&](Piece digits) { return builder.sequence(builder.literal("\\u"), digits); };
  const auto d_then = [&](unsigned low, unsigned high) {
    return builder.sequence(hex_digit(builder, 13, 13), hex_tail(builder, hex_digit(builder, low, high), 2));
  };
  const Piece low_part = hex_tail(builder, hex_digit(builder, 0, 12), 3);
  const Piece high_part = hex_tail(builder, hex_digit(builder, 14, 15), 3);
  const Piece plain = tagged(builder.any_of({low_part, high_part, d_then(0, 7)}));
  const Piece pair = builder.sequence(tagged(d_then(8, 11)), tagged(d_then(12, 15)));
  return builder.any_of({plain, pair});
}

}  // namespace

CodeSet make_set(std::vector<CodeRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  CodeSet out;
  const auto add = [&out](CodeRange range) {
    if (range.low > range.high) return;
    if (!out.empty() && range.low <= out.back().high + 1) {
      out.back().high = std::max(out.back().high, range.high);
    } else {
      out.push_back(range);
    }
  };
  for (CodeRange range : ranges) {
    range.high = std::min(range.high, kLastCode);
    if (range.high < kSurrogates.low || range.low > kSurrogates.high) {
      add(range);
      continue;
    }
    if (range.low < kSurrogates.low) add({range.low, kSurrogates.low - 1});
    if (range.high > kSurrogates.high) add({kSurrogates.high + 1, range.high});
  }
  return out;
}

CodeSet complement(const CodeSet& set) {
  std::vector<CodeRange> out;
  uint32_t next = 0;
  for (const CodeRange& range : set) {
    if (range.low > next) out.push_back({next, range.low - 1});
    next = range.high + 1;
  }
  if (next <= kLastCode) out.push_back({next, kLastCode});
  return make_set(std::move(out));
}

CodeSet intersect(const CodeSet& a, const CodeSet& b) {
  std::vector<CodeRange> out;
  for (const CodeRange& x : a) {
    for (const CodeRange& y : b) {
      const CodeRange both{std::max(x.low, y.low), std::min(x.high, y.high)};
      if (both.low <= both.high) out.push_back(both);
    }
  }
  return make_set(std::move(out));
}

Piece add_utf8(Builder& builder, const CodeSet& set) {
  const Piece piece{builder.add_state(), builder.add_state()};
  for (const CodeRange& range : set) add_range(builder, piece, range);
  return piece;
}

Piece add_json_character(Builder& builder, const CodeSet& set) {
  const Piece raw = add_utf8(builder, intersect(set, complement(needs_escape())));
  std::vector<Piece> choices = {raw};
  for (const CodeRange& range : intersect(set, needs_escape())) {
    for (uint32_t code = range.low; code <= range.high; ++code)
      choices.push_back(builder.literal(escape(code)));
  }
  return builder.any_of(choices);
}

Piece add_any_json_character(Builder& builder) {
  std::vector<Piece> choices = {add_utf8(builder, complement(needs_escape())), unicode_escape(builder)};
  for (const char letter : std::string_view("\"\\/bfnrt")) {
    choices.push_back(builder.literal(std::string{'\\', letter}));
  }
  return builder.any_of(choices);
}

}  // namespace samovar::sampling::grammar
