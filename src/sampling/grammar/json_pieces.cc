#include "sampling/grammar/json_pieces.h"

#include <map>
#include <set>
#include <utility>

#include "sampling/grammar/characters.h"
#include "sampling/grammar/numbers.h"

namespace samovar::sampling::grammar {
namespace {

constexpr int64_t kMaxIndent = 20;

Piece quoted(Builder& builder, Piece inner) {
  return builder.sequence(builder.literal("\""), builder.sequence(inner, builder.literal("\"")));
}

// [first (, first)*] between two brackets, `item` being a rule.
Piece list_of(Builder& builder, JsonPieces& pieces, StateId item, std::string_view brackets) {
  const Piece more = builder.sequence(pieces.comma(), builder.call(item));
  const Piece items = builder.sequence(builder.call(item), builder.repeat(builder.make_rule(more), 0, -1));
  const Piece filled = builder.sequence(items, pieces.space());
  const Piece inner = builder.sequence(pieces.space(), builder.optional(filled));
  return builder.sequence(builder.literal(brackets.substr(0, 1)),
                          builder.sequence(inner, builder.literal(brackets.substr(1))));
}

// The code of one character in UTF-8.
uint32_t decode_character(std::string_view bytes) {
  uint32_t code = static_cast<uint8_t>(bytes[0]);
  if (bytes.size() > 1) code &= 0xFFU >> (bytes.size() + 1);
  for (const char c : bytes.substr(1)) code = code << 6U | (static_cast<uint8_t>(c) & 0x3FU);
  return code;
}

}  // namespace

std::string to_json_literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
    constexpr std::string_view kLetters = "\"\\bfnrt";
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<uint8_t>(c);
    if (const size_t at = kSpecial.find(c); at != std::string_view::npos) {
      out += {'\\', kLetters[at]};
    } else if (byte < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[byte >> 4U], kHex[byte & 15U]};
    } else {
      out += c;
    }
  }
  return out += '"';
}

Piece JsonPieces::nothing() { return {builder_.add_state(), builder_.add_state()}; }

Piece JsonPieces::space() {
  if (!space_) {
    const Piece blank = builder_.any_of({builder_.literal(" "), builder_.literal("\t")});
    const Piece line =
        builder_.sequence(builder_.literal("\n"), builder_.repeat(builder_.make_rule(blank), 0, kMaxIndent));
    space_ = builder_.make_rule(builder_.any_of({builder_.empty(), builder_.literal(" "), line}));
  }
  return builder_.call(*space_);
}

Piece JsonPieces::comma() { return builder_.sequence(builder_.literal(","), space()); }

Piece JsonPieces::key(std::string_view name) {
  return builder_.sequence(builder_.literal(to_json_literal(name) + ":"), space());
}

StateId JsonPieces::character_rule() {
  if (!character_) character_ = builder_.make_rule(add_any_json_character(builder_));
  return *character_;
}

Piece JsonPieces::string_of_length(int64_t least, int64_t most) {
  return quoted(builder_, builder_.repeat(character_rule(), least, most));
}

Piece JsonPieces::string() {
  if (!string_) string_ = builder_.make_rule(string_of_length(0, -1));
  return builder_.call(*string_);
}

Piece JsonPieces::number() {
  if (!number_) number_ = builder_.make_rule(add_number(builder_, {}));
  return builder_.call(*number_);
}

Piece JsonPieces::array() {
  if (!array_) {
    const StateId begin = builder_.add_state();
    array_ = begin;
    const Piece body = list_of(builder_, *this, builder_.make_rule(value()), "[]");
    builder_.add_empty(begin, builder_.make_rule(body));
  }
  return builder_.call(*array_);
}

Piece JsonPieces::object() {
  if (!object_) {
    const StateId begin = builder_.add_state();
    object_ = begin;
    const Piece colon = builder_.sequence(builder_.literal(":"), space());
    const Piece member = builder_.sequence(string(), builder_.sequence(colon, value()));
    const Piece body = list_of(builder_, *this, builder_.make_rule(member), "{}");
    builder_.add_empty(begin, builder_.make_rule(body));
  }
  return builder_.call(*object_);
}

Piece JsonPieces::value() {
  if (!value_) {
    const StateId begin = builder_.add_state();
    value_ = begin;
    const Piece body = builder_.any_of({object(), array(), string(), number(), builder_.literal("true"),
                                        builder_.literal("false"), builder_.literal("null")});
    builder_.add_empty(begin, builder_.make_rule(body));
  }
  return builder_.call(*value_);
}

// A tree over the taken keys; whatever leaves it, or ends inside it, is free.
Piece JsonPieces::other_key(const std::vector<std::string>& taken) {
  const CodeSet plain = complement(make_set({{0, 0x1F}, {'"', '"'}, {'\\', '\\'}}));
  const StateId any = builder_.make_rule(add_utf8(builder_, plain));
  const Piece free = builder_.repeat(any, 0, -1);
  const Piece out{builder_.add_state(), builder_.add_state()};
  builder_.add_empty(free.end, out.end);
  std::map<std::pair<StateId, uint32_t>, StateId> steps;  // by character
  std::set<StateId> nodes = {out.begin};
  std::set<StateId> whole;  // where a taken key ends
  for (const std::string& key : taken) {
    StateId at = out.begin;
    for (size_t begin = 0; begin < key.size() && !builder_.overflowed();) {
      size_t end = begin + 1;
      while (end < key.size() && (static_cast<uint8_t>(key[end]) & 0xC0U) == 0x80U) ++end;
      const std::string_view bytes = std::string_view(key).substr(begin, end - begin);
      const auto [found, is_new] = steps.try_emplace({at, decode_character(bytes)}, 0);
      if (is_new) {
        // A key with a character that needs an escape cannot be met here: its branch just stays unused.
        const Piece step = builder_.literal(bytes);
        builder_.add_empty(at, step.begin);
        found->second = step.end;
        nodes.insert(step.end);
      }
      at = found->second;
      begin = end;
    }
    whole.insert(at);
  }
  for (const StateId node : nodes) {
    std::vector<CodeRange> used;
    for (auto step = steps.lower_bound({node, 0}); step != steps.end() && step->first.first == node; ++step) {
      used.push_back({step->first.second, step->first.second});
    }
    const Piece leave = add_utf8(builder_, intersect(plain, complement(make_set(std::move(used)))));
    builder_.add_empty(node, leave.begin);
    builder_.add_empty(leave.end, free.begin);
    if (whole.count(node) == 0) builder_.add_empty(node, out.end);
  }
  return quoted(builder_, out);
}

}  // namespace samovar::sampling::grammar
