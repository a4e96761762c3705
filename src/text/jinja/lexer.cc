#include "text/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "text/jinja/unicode.h"
#include "text/template_meter.h"

namespace samovar::text::jinja {
namespace {

bool is_name_start(char c) { return (is_word(c) && !is_digit(c)) || static_cast<unsigned char>(c) >= 0x80; }

// One kind of newline, and none at the very end.
std::string normalized(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      out += source[i];
    } else {
      out += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(normalized(source)), rest_(source_) {}

  std::vector<Token> run() {
    while (pos_ < rest_.size()) read_data();
    emit(Token::Kind::kEnd, {});
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail_here(std::string message) const {
    throw Failure{Code::kInvalidArgument, std::move(message), line_};
  }

  bool at(std::string_view word, size_t pos) const { return rest_.substr(pos, word.size()) == word; }
  bool here(std::string_view word) const { return at(word, pos_); }

  void move_to(size_t pos) {
    line_ += static_cast<int>(std::count(rest_.begin() + static_cast<ptrdiff_t>(pos_),
                                         rest_.begin() + static_cast<ptrdiff_t>(pos), '\n'));
    if (pos > pos_) line_starting_ = rest_[pos - 1] == '\n';
    pos_ = pos;
  }

  size_t after_space(size_t pos) const {
    while (pos < rest_.size()) {
      const CodePoint point = code_point_at(rest_, pos);
      if (!is_space(point.value)) break;
      pos += point.bytes;
    }
    return pos;
  }

  Token& emit(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), 0, 0, line_});
    return tokens_.back();
  }

  void emit_data(std::string_view text, char sign, bool before_print) {
    if (sign == '-') {
      text = strip(text, Side::kRight);
    } else if (sign != '+' && !before_print) {
      const size_t line_begin = text.rfind('\n') + 1;  // 0 when there is no newline
      const bool starts_line = line_begin > 0 || line_starting_;
      if (starts_line && strip(text.substr(line_begin), Side::kBoth).empty())
        text = text.substr(0, line_begin);
    }
    if (!text.empty()) emit(Token::Kind::kData, std::string(text));
  }

  size_t find_tag() const {
    for (size_t i = rest_.find('{', pos_); i != std::string_view::npos; i = rest_.find('{', i + 1)) {
      if (i + 1 < rest_.size() && (rest_[i + 1] == '{' || rest_[i + 1] == '%' || rest_[i + 1] == '#'))
        return i;
    }
    return std::string_view::npos;
  }

  void read_data() {
    const size_t tag = find_tag();
    if (tag == std::string_view::npos) {
      emit(Token::Kind::kData, std::string(rest_.substr(pos_)));
      move_to(rest_.size());
      return;
    }
    const char type = rest_[tag + 1];
    const char sign =
        tag + 2 < rest_.size() && (rest_[tag + 2] == '-' || rest_[tag + 2] == '+') ? rest_[tag + 2] : ' ';
    emit_data(rest_.substr(pos_, tag - pos_), sign, type == '{');
    move_to(tag + (sign == ' ' ? 2 : 3));
    if (type == '#') return skip_comment();
    if (type == '%') {
      if (const size_t raw = after_raw_tag("raw", pos_, /*trim=*/false); raw != 0) return read_raw(raw);
    }
    emit(type == '{' ? Token::Kind::kPrintBegin : Token::Kind::kBlockBegin, {});
    read_tag(type == '{' ? "}}" : "%}");
  }

  // The position behind "-%}", "+%}" or "%}" (with what it swallows), or 0. `trim`: "%}" takes one newline.
  size_t after_end(std::string_view end, size_t pos, bool trim) const {
    if (at("-", pos) && at(end, pos + 1)) return after_space(pos + 1 + end.size());
    if (trim && at("+", pos) && at(end, pos + 1)) return pos + 1 + end.size();
    if (!at(end, pos)) return 0;
    pos += end.size();
    return trim && at("\n", pos) ? pos + 1 : pos;
  }

  // The position behind `word` and its "%}" when a tag's inside at `pos` is just that, or 0.
  size_t after_raw_tag(std::string_view word, size_t pos, bool trim) const {
    pos = after_space(pos);
    if (!at(word, pos)) return 0;
    return after_end("%}", after_space(pos + word.size()), trim);
  }

  void read_raw(size_t begin) {
    move_to(begin);
    for (size_t tag = rest_.find("{%", pos_); tag != std::string_view::npos;
         tag = rest_.find("{%", tag + 2)) {
      const char sign = at("-", tag + 2) ? '-' : (at("+", tag + 2) ? '+' : ' ');
      const size_t end = after_raw_tag("endraw", tag + (sign == ' ' ? 2 : 3), /*trim=*/true);
      if (end == 0) continue;
      emit_data(rest_.substr(pos_, tag - pos_), sign, false);
      return move_to(end);
    }
    fail_here("the raw block is not closed: expected {% endraw %}");
  }

  void skip_comment() {
    const size_t close = rest_.find("#}", pos_);
    if (close == std::string_view::npos) fail_here("the comment is not closed: expected #}");
    const bool signed_end = close > pos_ && (rest_[close - 1] == '-' || rest_[close - 1] == '+');
    move_to(after_end("#}", signed_end ? close - 1 : close, /*trim=*/true));
  }

  void read_tag(std::string_view end) {
    const size_t open_line = static_cast<size_t>(line_);
    const bool block = end == "%}";
    while (true) {
      move_to(after_space(pos_));
      if (pos_ >= rest_.size()) {
        fail_here("the tag opened in line " + std::to_string(open_line) + " is not closed: expected " +
                  std::string(end));
      }
      if (brackets_.empty()) {
        if (const size_t after = after_end(end, pos_, block); after != 0) {
          emit(block ? Token::Kind::kBlockEnd : Token::Kind::kPrintEnd, {});
          return move_to(after);
        }
      }
      read_token();
    }
  }

  void read_token() {
    const char c = rest_[pos_];
    if (is_digit(c)) return read_number();
    if (is_name_start(c)) return read_name();
    if (c == '"' || c == '\'') return read_string();
    read_operator();
  }

  void read_name() {
    size_t end = pos_;
    while (end < rest_.size() && (is_name_start(rest_[end]) || is_digit(rest_[end]))) ++end;
    emit(Token::Kind::kName, std::string(rest_.substr(pos_, end - pos_)));
    move_to(end);
  }

  void read_operator() {
    static constexpr std::array<std::string_view, 6> kPairs = {"//", "**", "==", "!=", ">=", "<="};
    static constexpr std::string_view kSingles = "+-/*%~[](){}><=.:|,;";
    const auto* pair =
        std::find_if(kPairs.begin(), kPairs.end(), [&](std::string_view op) { return here(op); });
    const size_t bytes = pair != kPairs.end() ? 2 : 1;
    if (bytes == 1 && kSingles.find(rest_[pos_]) == std::string_view::npos) {
      fail_here("unexpected character '" + std::string(1, rest_[pos_]) + "'");
    }
    const std::string op(rest_.substr(pos_, bytes));
    if (op == "(" || op == "[" || op == "{") brackets_ += op == "(" ? ')' : (op == "[" ? ']' : '}');
    if (op == ")" || op == "]" || op == "}") close_bracket(op[0]);
    emit(Token::Kind::kOperator, op);
    move_to(pos_ + bytes);
  }

  void close_bracket(char c) {
    if (brackets_.empty()) fail_here(std::string("unexpected '") + c + "'");
    if (brackets_.back() != c) {
      fail_here(std::string("unexpected '") + c + "', expected '" + brackets_.back() + "'");
    }
    brackets_.pop_back();
  }

  // Digits with single underscores between them, from `pos`; returns the end.
  size_t digits_end(size_t pos) const {
    while (pos < rest_.size() && (is_digit(rest_[pos]) ||
                                  (rest_[pos] == '_' && pos + 1 < rest_.size() && is_digit(rest_[pos + 1]))))
      ++pos;
    return pos;
  }

  void read_number() {
    if (rest_[pos_] == '0' && pos_ + 1 < rest_.size()) {
      const char base = static_cast<char>(rest_[pos_ + 1] | 0x20);
      if (base == 'x' || base == 'o' || base == 'b')
        return read_based(base == 'x' ? 16 : (base == 'o' ? 8 : 2));
    }
    size_t end = digits_end(pos_);
    bool real = false;
    if (at(".", end) && end + 1 < rest_.size() && is_digit(rest_[end + 1])) {
      real = true;
      end = digits_end(end + 1);
    }
    if (end < rest_.size() && (rest_[end] | 0x20) == 'e') {
      size_t exponent = end + 1;
      if (at("+", exponent) || at("-", exponent)) ++exponent;
      if (exponent < rest_.size() && is_digit(rest_[exponent])) {
        real = true;
        end = digits_end(exponent);
      }
    }
    emit_number(end, real);
  }

  void emit_number(size_t end, bool real) {
    std::string digits(rest_.substr(pos_, end - pos_));
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    const char* last = digits.data() + digits.size();
    Token& token = emit(real ? Token::Kind::kFloat : Token::Kind::kInt, {});
    const auto parsed = real ? std::from_chars(digits.data(), last, token.real)
                             : std::from_chars(digits.data(), last, token.integer);
    if (parsed.ec != std::errc() || parsed.ptr != last)
      fail_here("the number " + digits + " is out of range");
    move_to(end);
  }

  void read_based(int base) {
    size_t end = pos_ + 2;
    while (end < rest_.size() && (hex_value(rest_[end]) >= 0 || rest_[end] == '_')) ++end;
    std::string digits(rest_.substr(pos_ + 2, end - pos_ - 2));
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    Token& token = emit(Token::Kind::kInt, {});
    const char* last = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), last, token.integer, base);
    if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != last)
      fail_here("malformed number 0" + digits);
    move_to(end);
  }

  void read_string() {
    const char quote = rest_[pos_];
    size_t end = pos_ + 1;
    while (end < rest_.size() && rest_[end] != quote) end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) fail_here("the string is not closed");
    emit(Token::Kind::kString, decoded(rest_.substr(pos_ + 1, end - pos_ - 1)));
    move_to(end + 1);
  }

  std::string decoded(std::string_view raw) const {
    std::string out;
    for (size_t i = 0; i < raw.size();) {
      if (raw[i] != '\\' || i + 1 >= raw.size()) {
        out += raw[i++];
      } else {
        i = decode_escape(raw, i + 1, out);
      }
    }
    return out;
  }

  // `i` is behind the backslash; returns the position behind the escape.
  size_t decode_escape(std::string_view raw, size_t i, std::string& out) const {
    static constexpr std::string_view kFrom = "abfnrtv\\'\"";
    static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\'\"";
    const char c = raw[i];
    if (const size_t simple = kFrom.find(c); simple != std::string_view::npos) {
      out += kTo[simple];
      return i + 1;
    }
    if (c == '\n') return i + 1;
    if (c == 'x') return decode_digits(raw, i + 1, {2, 2, 16}, out);
    if (c == 'u') return decode_digits(raw, i + 1, {4, 4, 16}, out);
    if (c == 'U') return decode_digits(raw, i + 1, {8, 8, 16}, out);
    if (c >= '0' && c <= '7') return decode_digits(raw, i, {1, 3, 8}, out);
    out += '\\';
    out += c;
    return i + 1;
  }

  struct DigitRule {
    size_t least;
    size_t most;
    int base;
  };
  size_t decode_digits(std::string_view raw, size_t i, DigitRule rule, std::string& out) const {
    size_t end = i;
    while (end < raw.size() && end - i < rule.most &&
           (rule.base == 16 ? hex_value(raw[end]) >= 0 : (raw[end] >= '0' && raw[end] <= '7'))) {
      ++end;
    }
    uint32_t value = 0;
    std::from_chars(raw.data() + i, raw.data() + end, value, rule.base);
    if (end - i < rule.least || value > 0x10FFFF) fail_here("a string has a malformed escape");
    append_code_point(value, out);
    return end;
  }

  std::string source_;
  std::string_view rest_;
  size_t pos_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::string brackets_;  // the closing brackets awaited
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace samovar::text::jinja
