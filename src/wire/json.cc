#include "wire/json.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"
#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

// The character of an error text, quoted as Go's strconv does: a byte stands for the code point of its value.
std::string quote_byte(char c) {
  if (c == '\'') return R"('\'')";
  if (c == '"') return R"('"')";
  const std::string quoted = quote_go(std::string_view(&c, 1));
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x80) return "'" + quoted.substr(1, quoted.size() - 2) + "'";
  std::string text;
  append_utf8(byte, text);
  return "'" + text + "'";
}

class Parser {
 public:
  Parser(std::string_view source, const JsonLimits& limits) : source_(source), limits_(limits) {}

  Result<Json> run() {
    skip_blanks();
    if (at_end()) return Error{Code::kInvalidArgument, "EOF"};
    Json value;
    if (!parse_value(value, 0)) return Error{Code::kInvalidArgument, error_};
    return value;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= source_.size(); }
  void skip_blanks() {
    while (!at_end() &&
           (source_[at_] == ' ' || source_[at_] == '\t' || source_[at_] == '\n' || source_[at_] == '\r')) {
      ++at_;
    }
  }

  bool fail(std::string message) {
    error_ = std::move(message);
    return false;
  }
  // What is wrong with the byte at hand, or the end of the input.
  bool fail_here(std::string_view context) {
    if (at_end()) return fail("unexpected EOF");
    return fail("invalid character " + quote_byte(source_[at_]) + " " + std::string(context));
  }

  bool parse_value(Json& out, size_t depth) {
    skip_blanks();
    if (++values_ > limits_.max_values) return fail("too many values");
    if (at_end()) return fail("unexpected EOF");
    const size_t begin = at_;
    if (!parse_kind(out, depth)) return false;
    out.raw = source_.substr(begin, at_ - begin);
    return true;
  }

  bool parse_kind(Json& out, size_t depth) {
    switch (source_[at_]) {
      case '{':
        return parse_object(out, depth + 1);
      case '[':
        return parse_array(out, depth + 1);
      case '"':
        out.kind = Json::Kind::kString;
        return parse_string(out.text);
      case 't':
        out.boolean = true;
        out.kind = Json::Kind::kBool;
        return parse_literal("true");
      case 'f':
        out.kind = Json::Kind::kBool;
        return parse_literal("false");
      case 'n':
        return parse_literal("null");
      default:
        out.kind = Json::Kind::kNumber;
        return parse_number();
    }
  }

  bool parse_literal(std::string_view word) {
    for (size_t i = 0; i < word.size(); ++i, ++at_) {
      if (at_end() || source_[at_] != word[i]) {
        return fail_here("in literal " + std::string(word) + " (expecting " + quote_byte(word[i]) + ")");
      }
    }
    return true;
  }

  bool parse_digits(std::string_view context) {
    if (at_end() || !is_digit(source_[at_])) return fail_here(context);
    while (!at_end() && is_digit(source_[at_])) ++at_;
    return true;
  }

  bool parse_number() {
    const bool negative = source_[at_] == '-';
    if (negative) ++at_;
    if (at_end() || !is_digit(source_[at_])) {
      return fail_here(negative ? "in numeric literal" : "looking for beginning of value");
    }
    if (source_[at_] == '0') {
      ++at_;
    } else if (!parse_digits("in numeric literal")) {
      return false;
    }
    if (!at_end() && source_[at_] == '.') {
      ++at_;
      if (!parse_digits("after decimal point in numeric literal")) return false;
    }
    if (!at_end() && (source_[at_] == 'e' || source_[at_] == 'E')) {
      ++at_;
      if (!at_end() && (source_[at_] == '+' || source_[at_] == '-')) ++at_;
      if (!parse_digits("in exponent of numeric literal")) return false;
    }
    return true;
  }

  bool parse_hex4(char32_t& out) {
    out = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const int digit = at_end() ? -1 : hex_value(source_[at_]);
      if (digit < 0) return fail_here("in \\u hexadecimal character escape");
      out = out * 16 + static_cast<char32_t>(digit);
    }
    return true;
  }

  bool parse_unicode_escape(std::string& out) {
    char32_t high = 0;
    if (!parse_hex4(high)) return false;
    if (high >= 0xD800 && high < 0xDC00 && source_.substr(at_).starts_with("\\u")) {
      const size_t back = at_;
      at_ += 2;
      char32_t low = 0;
      if (!parse_hex4(low)) return false;
      if (low >= 0xDC00 && low < 0xE000) {
        append_utf8(0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00), out);
        return true;
      }
      at_ = back;
    }
    append_utf8(high, out);
    return true;
  }

  bool parse_escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (at_end()) return fail("unexpected EOF");
    if (source_[at_] == 'u') {
      ++at_;
      return parse_unicode_escape(out);
    }
    const size_t which = kNames.find(source_[at_]);
    if (which == std::string_view::npos) return fail_here("in string escape code");
    out += kValues[which];
    ++at_;
    return true;
  }

  bool parse_string(std::string& out) {
    ++at_;
    while (true) {
      if (at_end()) return fail("unexpected EOF");
      const char c = source_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        ++at_;
        if (!parse_escape(out)) return false;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        return fail_here("in string literal");
      } else if (static_cast<unsigned char>(c) < 0x80) {
        append_plain_run(out);
      } else {
        const size_t length = utf8_length(source_.substr(at_));
        if (length == 0) append_utf8(kReplacementCharacter, out);
        out.append(source_.substr(at_, length));
        at_ += length == 0 ? 1 : length;
      }
    }
  }

  void append_plain_run(std::string& out) {
    const size_t begin = at_;
    while (!at_end()) {
      const auto byte = static_cast<unsigned char>(source_[at_]);
      if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
      ++at_;
    }
    out.append(source_.substr(begin, at_ - begin));
  }

  bool parse_array(Json& out, size_t depth) {
    out.kind = Json::Kind::kArray;
    if (depth > limits_.max_depth) return fail("exceeded max depth");
    ++at_;
    skip_blanks();
    if (!at_end() && source_[at_] == ']') {
      ++at_;
      return true;
    }
    while (true) {
      if (!parse_value(out.items.emplace_back(), depth)) return false;
      const std::optional<bool> more = next_item(']', "after array element");
      if (!more) return false;
      if (!*more) return true;
    }
  }

  bool parse_object(Json& out, size_t depth) {
    out.kind = Json::Kind::kObject;
    if (depth > limits_.max_depth) return fail("exceeded max depth");
    ++at_;
    skip_blanks();
    if (!at_end() && source_[at_] == '}') {
      ++at_;
      return true;
    }
    while (true) {
      skip_blanks();
      if (at_end() || source_[at_] != '"') return fail_here("looking for beginning of object key string");
      Json& member = out.items.emplace_back();
      if (!parse_string(member.key)) return false;
      skip_blanks();
      if (at_end() || source_[at_] != ':') return fail_here("after object key");
      ++at_;
      if (!parse_value(member, depth)) return false;
      const std::optional<bool> more = next_item('}', "after object key:value pair");
      if (!more) return false;
      if (!*more) return true;
    }
  }

  // Behind an item: true after a comma, false after `close`, nothing on an error.
  std::optional<bool> next_item(char close, std::string_view context) {
    skip_blanks();
    if (!at_end() && (source_[at_] == ',' || source_[at_] == close)) return source_[at_++] == ',';
    fail_here(context);
    return std::nullopt;
  }

  std::string_view source_;
  JsonLimits limits_;
  size_t at_ = 0;
  size_t values_ = 0;
  std::string error_;
};

}  // namespace

const Json* Json::member(std::string_view name) const {
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if (item->key == name) return &*item;
  }
  return nullptr;
}

Result<Json> parse_json(std::string_view source, const JsonLimits& limits) {
  return Parser(source, limits).run();
}

std::string_view kind_name(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return "bool";
    case Json::Kind::kNumber:
      return "number";
    case Json::Kind::kString:
      return "string";
    case Json::Kind::kArray:
      return "array";
    case Json::Kind::kObject:
      return "object";
  }
  return "null";
}

}  // namespace samovar::wire
