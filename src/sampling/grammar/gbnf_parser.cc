#include "sampling/grammar/gbnf_parser.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"

namespace samovar::sampling::grammar {
namespace {

constexpr int kMaxNesting = 100;
constexpr int kMaxCounts = 10;  // a+?* ...
constexpr int64_t kMaxTimes = 100'000;
constexpr size_t kMaxRules = 2'000;
constexpr size_t kMaxNodes = 50'000;

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

class GbnfParser {
 public:
  explicit GbnfParser(std::string_view text) : text_(text) {}

  Result<Gbnf> run() {
    skip_blank(true);
    while (!done()) {
      parse_rule();
      skip_blank(true);
    }
    check_names();
    if (error_) return *error_;
    return std::move(out_);
  }

 private:
  [[nodiscard]] TextPlace place_of(size_t at) const {
    const std::string_view before = text_.substr(0, at);
    const size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    TextPlace place;
    place.line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
    // Bytes that go on with a character are no column.
    place.column = 1 + samovar::count_characters(before.substr(line_begin));
    return place;
  }
  void fail_at(TextPlace place, const std::string& what, Code code = Code::kInvalidArgument) {
    if (!error_) error_ = Error{code, to_text(place) + ": " + what};
  }
  void fail_from(size_t at, const std::string& what) {
    if (!error_) fail_at(place_of(at), what);
  }
  void fail(const std::string& what) { fail_from(at_, what); }

  [[nodiscard]] bool done() const { return error_ || at_ >= text_.size(); }
  [[nodiscard]] char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] std::string found() const {
    if (at_ >= text_.size()) return "the end";
    if (peek() == '\n' || peek() == '\r') return "the end of the line";
    const size_t length = std::max<size_t>(1, utf8_length(text_.substr(at_)));
    return "'" + std::string(text_.substr(at_, length)) + "'";
  }

  // Blanks and comments; over line ends only where the rule cannot end there.
  void skip_blank(bool lines) {
    while (!done()) {
      const char c = peek();
      if (c == '#') {
        while (!done() && peek() != '\n') ++at_;
      } else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r'))) {
        ++at_;
      } else {
        break;
      }
    }
  }

  std::string_view take_name() {
    const size_t begin = at_;
    while (is_name_letter(peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // The index of a rule, which may be defined later.
  size_t number_of(std::string_view name) {
    const auto [found, is_new] = numbers_.try_emplace(std::string(name), out_.rules.size());
    if (is_new) {
      out_.rules.push_back({.name = std::string(name)});
      if (out_.rules.size() > kMaxRules) fail("more than " + std::to_string(kMaxRules) + " rules");
    }
    return found->second;
  }

  void parse_rule() {
    const TextPlace place = current_place();
    const std::string_view name = take_name();
    if (name.empty()) return fail("a rule's name is expected, not " + found());
    skip_blank(false);
    if (text_.substr(at_, 3) != "::=")
      return fail("'::=' is expected behind the rule's name, not " + found());
    at_ += 3;
    skip_blank(true);
    const size_t index = number_of(name);
    if (out_.rules[index].place.line != 0) {
      return fail_at(place, "rule '" + std::string(name) + "' was defined before, at " +
                                to_text(out_.rules[index].place));
    }
    out_.rules[index].place = place;
    GbnfNode body = parse_choice(0);
    if (error_) return;
    if (!done() && peek() != '\n' && peek() != '\r') {
      return fail(peek() == ')' ? "a ')' without its '('" : found() + " is not expected here");
    }
    out_.rules[index].body = std::move(body);
  }

  GbnfNode parse_choice(int depth) {
    GbnfNode choice;
    choice.kind = GbnfNode::Kind::kChoice;
    if (depth > kMaxNesting) {
      fail("groups nested too deeply");
      return choice;
    }
    for (;;) {
      choice.items.push_back(parse_sequence(depth));
      if (error_ || !find_bar()) break;
      skip_blank(true);
    }
    return choice.items.size() == 1 ? std::move(choice.items[0]) : choice;
  }

  // A '|' here, or as the first thing on a later line.
  bool find_bar() {
    const size_t before = at_;
    skip_blank(true);
    if (take('|')) return true;
    at_ = before;
    return false;
  }

  GbnfNode parse_sequence(int depth) {
    GbnfNode sequence;
    while (!done() && peek() != '|' && peek() != ')' && peek() != '\n' && peek() != '\r') {
      sequence.items.push_back(parse_repeated(depth));
      if (++n_nodes_ > kMaxNodes) fail("the grammar is too large");
      skip_blank(depth > 0);
    }
    return sequence;
  }

  GbnfNode parse_repeated(int depth) {
    GbnfNode node = parse_item(depth);
    for (int n_counts = 0;; ++n_counts) {
      // A count may stand apart from what it counts.
      const size_t before = at_;
      skip_blank(depth > 0);
      GbnfNode repeat;
      repeat.kind = GbnfNode::Kind::kRepeat;
      if (take('+')) {
        repeat.least = 1;
      } else if (take('?')) {
        repeat.most = 1;
      } else if (!take('*') && !take_counts(repeat)) {
        if (!error_) at_ = before;
        return node;
      }
      repeat.items.push_back(std::move(node));
      node = std::move(repeat);
      if (n_counts > kMaxCounts) fail("too many counts in a row");
    }
  }

  bool take_counts(GbnfNode& repeat) {
    const size_t begin = at_;
    if (!take('{')) return false;
    skip_blank(false);
    const auto least = take_number();
    skip_blank(false);
    if (!least) {
      fail("a number is expected in {}, not " + found());
      return false;
    }
    repeat.least = repeat.most = *least;
    if (take(',')) {
      skip_blank(false);
      repeat.most = take_number().value_or(-1);
      skip_blank(false);
    }
    if (!take('}')) {
      fail("'}' is expected, not " + found());
    } else if (repeat.least > kMaxTimes || repeat.most > kMaxTimes) {
      fail_from(begin, "a count over " + std::to_string(kMaxTimes));
    } else if (repeat.most >= 0 && repeat.most < repeat.least) {
      fail_from(begin, "the count's end " + std::to_string(repeat.most) + " is below its beginning " +
                           std::to_string(repeat.least));
    }
    return !error_;
  }

  std::optional<int64_t> take_number() {
    const size_t begin = at_;
    int64_t value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = std::min<int64_t>(value * 10 + (text_[at_++] - '0'), kMaxTimes + 1);
    }
    if (at_ == begin) return std::nullopt;
    return value;
  }

  GbnfNode parse_item(int depth) {
    GbnfNode node;
    const char c = peek();
    if (c == '"') {
      node.kind = GbnfNode::Kind::kText;
      node.text = parse_text();
    } else if (c == '[') {
      node.kind = GbnfNode::Kind::kSet;
      node.set = parse_class();
    } else if (take('.')) {
      node.kind = GbnfNode::Kind::kSet;
      node.set = complement({});
    } else if (c == '(') {
      const size_t begin = at_++;
      skip_blank(true);
      node = parse_choice(depth + 1);
      skip_blank(true);
      if (!take(')')) fail_from(begin, "a '(' without its ')'");
    } else if (is_name_letter(c)) {
      node.kind = GbnfNode::Kind::kRule;
      node.place = current_place();
      const std::string_view name = take_name();
      node.rule = number_of(name);
      check_not_a_definition(name);
    } else if (c == '*' || c == '+' || c == '?' || c == '{') {
      fail("nothing to repeat before " + found());
    } else if (c == '<' || (c == '!' && peek(1) == '<')) {
      fail_at(place_of(at_), "tokens by name or number are not supported, write their text",
              Code::kUnsupported);
    } else {
      fail(found() + " is not expected here");
    }
    return node;
  }

  // Names are many: the place is counted on from the last one.
  TextPlace current_place() {
    const std::string_view passed = text_.substr(last_at_, at_ - last_at_);
    for (const char c : passed) {
      if (c == '\n') {
        ++last_place_.line;
        last_place_.column = 1;
      } else if ((static_cast<uint8_t>(c) & 0xC0U) != 0x80U) {
        ++last_place_.column;
      }
    }
    last_at_ = at_;
    return last_place_;
  }

  // `a b ::= c` on one line: the line end between two rules is missing.
  void check_not_a_definition(std::string_view name) {
    size_t ahead = 0;
    while (peek(ahead) == ' ' || peek(ahead) == '\t') ++ahead;
    if (text_.substr(std::min(at_ + ahead, text_.size()), 3) == "::=") {
      fail("the definition of rule '" + std::string(name) + "' must begin on a line of its own");
    }
  }

  std::string parse_text() {
    const size_t begin = at_++;
    std::string out;
    while (!done() && peek() != '"' && peek() != '\n') {
      append_utf8(take_character(), out);
    }
    if (!take('"')) fail_from(begin, "a text without its closing '\"'");
    return out;
  }

  CodeSet parse_class() {
    const size_t begin = at_++;
    const bool negated = take('^');
    std::vector<CodeRange> ranges;
    while (!done() && peek() != ']' && peek() != '\n') {
      const size_t range_begin = at_;
      const uint32_t low = take_character();
      uint32_t high = low;
      if (peek() == '-' && peek(1) != ']' && at_ + 1 < text_.size()) {
        ++at_;
        high = take_character();
      }
      if (high < low) fail_from(range_begin, "a range whose ends are not in order");
      ranges.push_back({low, high});
    }
    if (!take(']')) fail_from(begin, "a '[' without its ']'");
    if (ranges.empty()) fail_from(begin, "an empty class (write . for any character)");
    const CodeSet set = make_set(std::move(ranges));
    return negated ? complement(set) : set;
  }

  uint32_t take_character() {
    if (peek() == '\\') return take_escape();
    if (done()) return 0;
    const Utf8Char c = decode_utf8(text_, at_);
    if (c.state != Utf8State::kWhole) {
      fail("bytes that are no UTF-8");
      return 0;
    }
    at_ += c.size;
    return c.code;
  }

  uint32_t take_escape() {
    const size_t begin = at_++;
    const char c = peek();
    ++at_;
    constexpr std::string_view kThemselves = "\\\"[]-^/'";
    if (c == 'n') return '\n';
    if (c == 'r') return '\r';
    if (c == 't') return '\t';
    if (c != '\0' && kThemselves.find(c) != std::string_view::npos) return static_cast<uint8_t>(c);
    const size_t n_digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (n_digits == 0) {
      at_ = begin + 1;
      const std::string what = found();
      at_ = begin;
      fail("an unknown escape: '\\' before " + what);
      return 0;
    }
    uint32_t code = 0;
    for (size_t i = 0; i < n_digits; ++i) {
      const int value = hex_value(peek());
      if (value < 0) {
        fail(std::string("\\") + c + " needs " + std::to_string(n_digits) + " hexadecimal digits");
        return 0;
      }
      code = code << 4U | static_cast<uint32_t>(value);
      ++at_;
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (surrogate || code > kLastCode) {
      at_ = begin;
      fail(surrogate ? "half of a surrogate pair (write \\U and eight digits)"
                     : "there is no such character");
    }
    return code;
  }

  void check_names() {
    if (error_) return;
    const auto root = numbers_.find("root");
    if (root == numbers_.end() || out_.rules[root->second].place.line == 0) {
      error_ = Error{Code::kInvalidArgument, "there is no rule 'root'"};
      return;
    }
    out_.root = root->second;
    for (const Gbnf::Rule& rule : out_.rules) check_names_in(rule.body);
  }

  void check_names_in(const GbnfNode& node) {
    if (node.kind == GbnfNode::Kind::kRule && out_.rules[node.rule].place.line == 0) {
      fail_at(node.place, "rule '" + out_.rules[node.rule].name + "' is not defined");
    }
    for (const GbnfNode& item : node.items) check_names_in(item);
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t n_nodes_ = 0;
  size_t last_at_ = 0;
  TextPlace last_place_{1, 1};
  std::optional<Error> error_;
  Gbnf out_;
  std::unordered_map<std::string, size_t> numbers_;
};

}  // namespace

std::string to_text(TextPlace place) {
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
}

Result<Gbnf> parse_gbnf(std::string_view text) { return GbnfParser(text).run(); }

}  // namespace samovar::sampling::grammar
