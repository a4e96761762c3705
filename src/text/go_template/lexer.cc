#include "text/go_template/lexer.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/utf8.h"

namespace samovar::text::go_template {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) { return kSpace.find(c) != std::string_view::npos; }
bool is_name(char c) { return is_word(c) || static_cast<unsigned char>(c) >= 0x80; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (true) {
      const size_t open = source_.find("{{", pos_);
      const size_t end = std::min(open, source_.size());
      const bool trims = open != std::string_view::npos && trim_marker_at(open + 2);
      add_text(source_.substr(pos_, end - pos_), trims);
      move_to(end);
      if (open == std::string_view::npos) break;
      move_to(open + (trims ? 3 : 2));
      read_action();
    }
    add(Token::Kind::kEnd, {});
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail_here(std::string message) const {
    throw Failure{Code::kInvalidArgument, std::move(message), line_};
  }

  char at(size_t pos) const { return pos < source_.size() ? source_[pos] : '\0'; }
  bool starts(std::string_view word) const { return source_.substr(pos_, word.size()) == word; }
  bool trim_marker_at(size_t pos) const {
    return at(pos) == '-' && pos + 1 < source_.size() && is_space(at(pos + 1));
  }

  void move_to(size_t pos) {
    for (; pos_ < pos; ++pos_) line_ += source_[pos_] == '\n';
  }

  Token& add(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), {}, after_space_, line_});
    return tokens_.back();
  }

  void add_text(std::string_view text, bool trim_right) {
    if (trim_left_) text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    if (trim_right) text = text.substr(0, text.find_last_not_of(kSpace) + 1);
    trim_left_ = false;
    if (!text.empty()) add(Token::Kind::kText, std::string(text));
  }

  void skip_space() {
    size_t end = pos_;
    while (end < source_.size() && is_space(source_[end])) ++end;
    after_space_ = end > pos_;
    move_to(end);
  }

  bool read_close() {
    if (after_space_ && starts("-}}")) {
      trim_left_ = true;
      move_to(pos_ + 3);
    } else if (starts("}}")) {
      move_to(pos_ + 2);
    } else {
      return false;
    }
    return true;
  }

  void read_action() {
    skip_space();
    if (starts("/*")) return read_comment();
    add(Token::Kind::kOpen, {});
    int depth = 0;
    while (true) {
      if (pos_ >= source_.size()) fail_here("the action is not closed: expected }}");
      if (depth == 0 && read_close()) break;
      if (at(pos_) == '(') ++depth;
      if (at(pos_) == ')') --depth;
      if (depth < 0) fail_here("unexpected ')'");
      read_token();
      skip_space();
    }
    add(Token::Kind::kClose, {});
  }

  void read_comment() {
    const size_t end = source_.find("*/", pos_);
    if (end == std::string_view::npos) fail_here("the comment is not closed: expected */");
    move_to(end + 2);
    skip_space();
    if (!read_close()) fail_here("the comment does not end its action: expected }}");
  }

  size_t name_end(size_t pos) const {
    while (pos < source_.size() && is_name(source_[pos])) ++pos;
    return pos;
  }

  void read_token() {
    const char c = at(pos_);
    const bool number = is_digit(c) || ((c == '+' || c == '-' || c == '.') && is_digit(at(pos_ + 1)));
    if (number) return read_number();
    if (c == '"') return read_quoted('"');
    if (c == '\'') return read_quoted('\'');
    if (c == '`') return read_raw();
    if (c == '.' || c == '$') return read_field(c);
    if (is_name(c)) return read_word();
    for (const std::string_view symbol : {":=", "=", "(", ")", "|", ","}) {
      if (!starts(symbol)) continue;
      add(Token::Kind::kSymbol, std::string(symbol));
      return move_to(pos_ + symbol.size());
    }
    fail_here(std::string("unexpected character '") + c + "'");
  }

  void read_field(char c) {
    const size_t end = name_end(pos_ + 1);
    if (c == '$') {
      add(Token::Kind::kVariable, std::string(source_.substr(pos_, end - pos_)));
    } else if (end == pos_ + 1) {
      add(Token::Kind::kSymbol, ".");
    } else {
      add(Token::Kind::kField, std::string(source_.substr(pos_ + 1, end - pos_ - 1)));
    }
    move_to(end);
  }

  void read_word() {
    const size_t end = name_end(pos_);
    const std::string word(source_.substr(pos_, end - pos_));
    const bool constant = word == "true" || word == "false" || word == "nil";
    Token& token = add(constant ? Token::Kind::kConst : Token::Kind::kWord, word);
    if (constant && word != "nil") token.value = Value(word == "true");
    move_to(end);
  }

  void read_number() {
    size_t end = pos_ + 1;
    while (end < source_.size() &&
           (is_name(source_[end]) || source_[end] == '.' ||
            ((source_[end] == '+' || source_[end] == '-') && (at(end - 1) | 0x20) == 'e'))) {
      ++end;
    }
    std::string digits(source_.substr(pos_, end - pos_));
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    Token& token = add(Token::Kind::kConst, digits);
    if (digits[0] == '+') digits.erase(0, 1);
    const char* last = digits.data() + digits.size();
    int64_t integer = 0;
    double real = 0;
    const bool hex = digits.size() > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x';
    const auto whole = std::from_chars(digits.data() + (hex ? 2 : 0), last, integer, hex ? 16 : 10);
    const auto fraction = std::from_chars(digits.data(), last, real);
    if (whole.ec == std::errc() && whole.ptr == last) {
      token.value = Value(integer);
    } else if (!hex && fraction.ec == std::errc() && fraction.ptr == last) {
      token.value = Value(real);
    } else {
      fail_here("malformed number " + token.text);
    }
    move_to(end);
  }

  void read_raw() {
    const size_t end = source_.find('`', pos_ + 1);
    if (end == std::string_view::npos) fail_here("the raw string is not closed: expected `");
    add(Token::Kind::kConst, "string").value = Value(std::string(source_.substr(pos_ + 1, end - pos_ - 1)));
    move_to(end + 1);
  }

  void read_quoted(char quote) {
    std::string text;
    size_t i = pos_ + 1;
    while (at(i) != quote) {
      if (i >= source_.size() || source_[i] == '\n') fail_here("the string is not closed");
      if (source_[i] == '\\') {
        i = read_escape(i + 1, text);
      } else {
        text += source_[i++];
      }
    }
    Token& token = add(Token::Kind::kConst, "string");
    token.value = quote == '"' ? Value(text) : Value(character_value(text));
    move_to(i + 1);
  }

  int64_t character_value(const std::string& text) const {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    if (text.size() == 1) return byte(0);
    if (text.empty() || text.size() > 4 || byte(0) < 0xC0) fail_here("malformed character constant");
    int64_t value = byte(0) & (0xFF >> (text.size() + 1));
    for (size_t i = 1; i < text.size(); ++i) value = (value << 6) | (byte(i) & 0x3F);
    return value;
  }

  // `i` is behind the backslash; returns the position behind the escape.
  size_t read_escape(size_t i, std::string& text) const {
    static constexpr std::string_view kFrom = "abfnrtv\\'\"";
    static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\'\"";
    const char c = at(i);
    if (const size_t simple = kFrom.find(c); c != '\0' && simple != std::string_view::npos) {
      text += kTo[simple];
      return i + 1;
    }
    const size_t digits = c == 'x' ? 2 : (c == 'u' ? 4 : (c == 'U' ? 8 : 3));
    const bool octal = c >= '0' && c <= '7';
    if (!octal && digits == 3) fail_here("unknown escape in a string");
    const size_t begin = octal ? i : i + 1;
    uint32_t value = 0;
    const std::string_view rest = source_.substr(std::min(begin, source_.size()), digits);
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), value, octal ? 8 : 16);
    if (rest.size() != digits || parsed.ptr != rest.data() + rest.size() || value > 0x10FFFF) {
      fail_here("malformed escape in a string");
    }
    if (octal || c == 'x') {
      text += static_cast<char>(static_cast<unsigned char>(value));
    } else {
      append_utf8(value, text);
    }
    return begin + digits;
  }

  std::string_view source_;
  size_t pos_ = 0;
  int line_ = 1;
  bool trim_left_ = false;
  bool after_space_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace samovar::text::go_template
