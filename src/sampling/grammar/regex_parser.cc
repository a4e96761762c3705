#include "sampling/grammar/regex_parser.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/utf8.h"

namespace samovar::sampling::grammar {
namespace {

constexpr int kMaxGroupDepth = 100;
constexpr int64_t kMaxCount = 100'000;

const CodeSet& digits() {
  static const CodeSet kSet = {{'0', '9'}};
  return kSet;
}
const CodeSet& word_characters() {
  static const CodeSet kSet = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  return kSet;
}
const CodeSet& spaces() {
  static const CodeSet kSet = {{9, 13},          {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680},
                               {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F},
                               {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
  return kSet;
}
const CodeSet& line_ends() {
  static const CodeSet kSet = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
  return kSet;
}

RegexNode make_set_node(CodeSet set) {
  RegexNode node;
  node.kind = RegexNode::Kind::kSet;
  node.set = std::move(set);
  return node;
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : text_(pattern) {}

  Result<RegexNode> run() {
    RegexNode node = parse_choice(0);
    if (!error_ && at_ < text_.size()) fail("an unmatched ')'");
    if (error_) return *error_;
    return node;
  }

 private:
  void fail(const std::string& what, Code code = Code::kInvalidArgument) {
    if (!error_) error_ = Error{code, what + " at byte " + std::to_string(at_)};
  }
  void refuse(const std::string& what) { fail(what + " not supported in patterns:", Code::kUnsupported); }

  [[nodiscard]] bool done() const { return error_ || at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  RegexNode parse_choice(int depth) {
    RegexNode choice;
    choice.kind = RegexNode::Kind::kChoice;
    if (depth > kMaxGroupDepth) {
      fail("groups nested too deeply");
      return choice;
    }
    do {
      choice.items.push_back(parse_sequence(depth));
    } while (take('|'));
    return choice.items.size() == 1 ? std::move(choice.items[0]) : choice;
  }

  RegexNode parse_sequence(int depth) {
    RegexNode sequence;
    while (!done() && peek() != '|' && peek() != ')') sequence.items.push_back(parse_repeated(depth));
    return sequence;
  }

  RegexNode parse_repeated(int depth) {
    RegexNode node = parse_atom(depth);
    while (!done()) {
      const size_t before = at_;
      int64_t least = 0;
      int64_t most = -1;
      if (take('+')) {
        least = 1;
      } else if (take('?')) {
        most = 1;
      } else if (!take('*') && !take_counts(least, most)) {
        break;
      }
      const bool anchor = node.kind == RegexNode::Kind::kBegin || node.kind == RegexNode::Kind::kEnd;
      if (anchor || node.kind == RegexNode::Kind::kRepeat) {
        at_ = before;
        fail("nothing to repeat");
        break;
      }
      take('?');
      RegexNode repeat;
      repeat.kind = RegexNode::Kind::kRepeat;
      repeat.least = least;
      repeat.most = most;
      repeat.items.push_back(std::move(node));
      node = std::move(repeat);
    }
    return node;
  }

  std::optional<int64_t> take_number() {
    const size_t begin = at_;
    int64_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      value = std::min<int64_t>(value * 10 + (text_[at_++] - '0'), kMaxCount + 1);
    }
    if (at_ == begin) return std::nullopt;
    return value;
  }

  bool take_counts(int64_t& least, int64_t& most) {
    if (peek() != '{') return false;
    const size_t before = at_++;
    const auto low = take_number();
    bool fine = low.has_value();
    if (fine) {
      least = most = *low;
      if (take(',')) most = take_number().value_or(-1);
      fine = take('}');
    }
    if (!fine) {
      at_ = before;
      fail("a '{' that is no count (write \\{ for the character)");
    } else if (least > kMaxCount || most > kMaxCount) {
      fail("a count over " + std::to_string(kMaxCount));
    } else if (most >= 0 && most < least) {
      fail("a count whose end is below its beginning");
    }
    return !error_;
  }

  RegexNode parse_atom(int depth) {
    RegexNode node;
    const char c = peek();
    if (c == '(') return parse_group(depth);
    if (c == '[') return make_set_node(parse_class());
    if (c == '*' || c == '+' || c == '?' || c == '{') {
      fail("nothing to repeat");
      return node;
    }
    if (c == '\\') return make_set_node(parse_escape(false));
    if (c == '^' || c == '$') {
      ++at_;
      node.kind = c == '^' ? RegexNode::Kind::kBegin : RegexNode::Kind::kEnd;
      return node;
    }
    if (take('.')) return make_set_node(complement(line_ends()));
    const uint32_t code = take_code();
    return make_set_node(make_set({{code, code}}));
  }

  RegexNode parse_group(int depth) {
    ++at_;
    if (take('?')) {
      if (take('<')) {
        if (peek() == '=' || peek() == '!') refuse("look-behind is");
        while (!done() && !take('>')) ++at_;
      } else if (!take(':')) {
        refuse("look-ahead and flags are");
      }
    }
    RegexNode node = parse_choice(depth + 1);
    if (!take(')')) fail("a '(' without its ')'");
    // As one atom, so that an anchor inside is seen as such.
    RegexNode group;
    group.items.push_back(std::move(node));
    return group;
  }

  // One character of UTF-8; the caller has checked that there is one. Bad bytes are an error.
  uint32_t take_code() {
    const Utf8Char c = decode_utf8(text_, at_);
    if (c.state != Utf8State::kWhole) {
      fail("bytes that are no UTF-8");
      return 0;
    }
    at_ += c.size;
    return c.code;
  }

  uint32_t take_hex(size_t n) {
    uint32_t code = 0;
    for (size_t i = 0; i < n; ++i) {
      const int digit = hex_value(peek());
      if (digit < 0) {
        fail("a character code without its " + std::to_string(n) + " digits");
        return 0;
      }
      code = code * 16 + static_cast<uint32_t>(digit);
      ++at_;
    }
    return code;
  }

  CodeSet parse_escape(bool in_class) {
    ++at_;
    if (at_ >= text_.size()) {
      fail("a '\\' at the end");
      return {};
    }
    const char c = peek();
    if (c >= '1' && c <= '9') refuse("back references are");
    if (c == 'k') refuse("back references are");
    if (c == 'p' || c == 'P') refuse("\\p{...} is");
    if ((c == 'b' && !in_class) || c == 'B') refuse("word boundaries are");
    if (error_) return {};
    const uint32_t plain = take_code();
    switch (c) {
      case 'd':
        return digits();
      case 'D':
        return complement(digits());
      case 'w':
        return word_characters();
      case 'W':
        return complement(word_characters());
      case 's':
        return spaces();
      case 'S':
        return complement(spaces());
      default: {
        const uint32_t code = escaped_code(c, plain);
        return make_set({{code, code}});
      }
    }
  }

  uint32_t escaped_code(char c, uint32_t plain) {
    switch (c) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'f':
        return '\f';
      case 'v':
        return '\v';
      case 'b':
        return '\b';
      case '0':
        return 0;
      case 'x':
        return take_hex(2);
      case 'u':
        return take_hex(4);
      default:
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) fail(std::string("an unknown escape \\") + c);
        return plain;
    }
  }

  CodeSet parse_class() {
    ++at_;
    const bool negated = take('^');
    std::vector<CodeRange> ranges;
    while (!done() && peek() != ']') {
      const CodeSet low = peek() == '\\' ? parse_escape(true) : one(take_code());
      const bool is_range = peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
      if (!is_range) {
        ranges.insert(ranges.end(), low.begin(), low.end());
        continue;
      }
      ++at_;
      const CodeSet high = peek() == '\\' ? parse_escape(true) : one(take_code());
      if (error_) break;
      if (!is_single(low) || !is_single(high) || low[0].low > high[0].low) {
        fail("a range whose ends are not in order");
        break;
      }
      ranges.push_back({low[0].low, high[0].low});
    }
    if (!take(']')) fail("a '[' without its ']'");
    const CodeSet set = make_set(std::move(ranges));
    return negated ? complement(set) : set;
  }

  static CodeSet one(uint32_t code) { return {{code, code}}; }
  static bool is_single(const CodeSet& set) { return set.size() == 1 && set[0].low == set[0].high; }

  std::string_view text_;
  size_t at_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<RegexNode> parse_regex(std::string_view pattern) { return Parser(pattern).run(); }

}  // namespace samovar::sampling::grammar
