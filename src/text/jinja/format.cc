// Python's "..." % value and "...".format(...), as far as templates use them.
#include "text/jinja/format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/unicode.h"

namespace samovar::text::jinja {
namespace {

constexpr int kMaxWidth = 10'000;

struct Spec {
  char fill = ' ';
  char align = '\0';  // < > ^ =; none: by type
  char sign = '-';
  bool alternate = false;
  bool grouped = false;
  int width = 0;
  int precision = -1;
  char type = 's';
};

std::string padded(std::string text, const Spec& spec, char default_align) {
  const size_t length = count_characters(text);
  const size_t width = static_cast<size_t>(spec.width);
  if (length >= width) return text;
  const size_t gap = width - length;
  const char align = spec.align != '\0' ? spec.align : default_align;
  if (align == '<') return text + std::string(gap, spec.fill);
  if (align == '>') return std::string(gap, spec.fill) + text;
  if (align == '^') return std::string(gap / 2, spec.fill) + text + std::string(gap - gap / 2, spec.fill);
  const size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  return text.substr(0, sign) + std::string(gap, spec.fill) + text.substr(sign);
}

std::string with_sign(std::string digits, bool negative, const Spec& spec) {
  if (negative) return "-" + digits;
  if (spec.sign == '+' || spec.sign == ' ') return spec.sign + digits;
  return digits;
}

std::string grouped(const std::string& digits) {
  const size_t whole = std::min(digits.find('.'), digits.size());
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i < whole && (whole - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string integer_text(const Value& value, const Spec& spec) {
  if (!value.is_number()) fail("a number is required, not " + std::string(value.type_name()));
  if (value.is_float() && !(std::abs(value.number()) < 9.2e18)) fail("a number is out of range");
  const int64_t n = value.is_float() ? static_cast<int64_t>(value.number()) : value.integer();
  const uint64_t magnitude = n < 0 ? 0 - static_cast<uint64_t>(n) : static_cast<uint64_t>(n);
  const int base =
      spec.type == 'x' || spec.type == 'X' ? 16 : (spec.type == 'o' ? 8 : (spec.type == 'b' ? 2 : 10));
  std::array<char, 72> buffer{};
  const auto end = std::to_chars(buffer.begin(), buffer.end(), magnitude, base).ptr;
  std::string digits(buffer.data(), end);
  if (spec.type == 'X') digits = to_upper(digits);
  if (spec.alternate && base == 16) digits = (spec.type == 'X' ? "0X" : "0x") + digits;
  if (spec.grouped) digits = grouped(digits);
  return with_sign(std::move(digits), n < 0, spec);
}

std::string real_text(const Value& value, const Spec& spec) {
  if (!value.is_number()) fail("a number is required, not " + std::string(value.type_name()));
  const double number = value.number() * (spec.type == '%' ? 100 : 1);
  const char type = spec.type == '%' ? 'f' : spec.type;
  const int precision = std::clamp(spec.precision < 0 ? 6 : spec.precision, 0, kMaxWidth);
  std::string digits(static_cast<size_t>(precision) + 400, '\0');
  const double magnitude = std::abs(number);
  const auto print = [&]<typename... Args>(const char* f, Args... args) {
    return std::snprintf(digits.data(), digits.size(), f, args...);
  };
  const int length =
      type == 'e' ? print("%.*e", precision, magnitude)
                  : (type == 'g' ? print("%.*g", precision, magnitude) : print("%.*f", precision, magnitude));
  digits.resize(static_cast<size_t>(std::max(length, 0)));
  if (spec.grouped) digits = grouped(digits);
  if (spec.type == '%') digits += '%';
  return with_sign(std::move(digits), std::signbit(number), spec);
}

std::string cut(std::string text, int precision) {
  if (precision < 0) return text;
  const std::vector<std::string_view> all = characters(text);
  if (all.size() <= static_cast<size_t>(precision)) return text;
  std::string out;
  for (int i = 0; i < precision; ++i) out += all[static_cast<size_t>(i)];
  return out;
}

int read_number(std::string_view text, size_t& i) {
  int value = 0;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9') {
    value = std::min(value * 10 + (text[i++] - '0'), kMaxWidth + 1);
  }
  if (value > kMaxWidth) fail("a width in a format string is over 10000");
  return value;
}

// --- % ---

class PercentFormatter {
 public:
  PercentFormatter(std::string_view format, const Value& value) : format_(format), value_(value) {}

  std::string run() {
    for (size_t i = 0; i < format_.size();) {
      const size_t percent = std::min(format_.find('%', i), format_.size());
      out_.add(format_.substr(i, percent - i));
      i = percent;
      if (i < format_.size()) i = read_item(i + 1);
    }
    const bool used_all = !value_.is_tuple() || next_ >= value_.items().size();
    const bool single_unused = !value_.is_tuple() && !value_.is_dict() && next_ == 0;
    if (!used_all || single_unused) fail("not all arguments converted during string formatting");
    return out_.take();
  }

 private:
  size_t read_item(size_t i) {
    Spec spec;
    const Value* by_name = nullptr;
    if (i < format_.size() && format_[i] == '(') {
      const size_t close = format_.find(')', i);
      if (close == std::string_view::npos || !value_.is_dict()) fail("format requires a mapping");
      by_name = value_.dict().find(format_.substr(i + 1, close - i - 1));
      if (by_name == nullptr)
        fail("'" + std::string(format_.substr(i + 1, close - i - 1)) + "' is not in the mapping");
      i = close + 1;
    }
    for (; i < format_.size() && std::string_view("-+ 0#").find(format_[i]) != std::string_view::npos; ++i) {
      if (format_[i] == '-') spec.align = '<';
      if (format_[i] == '+' || format_[i] == ' ') spec.sign = format_[i];
      if (format_[i] == '#') spec.alternate = true;
      if (format_[i] == '0' && spec.align == '\0') {
        spec.fill = '0';
        spec.align = '=';
      }
    }
    spec.width = read_number(format_, i);
    if (i < format_.size() && format_[i] == '.') spec.precision = read_number(format_, ++i);
    if (i >= format_.size()) fail("incomplete format");
    spec.type = format_[i];
    if (spec.type == '%') {
      out_.add("%");
    } else {
      out_.add(padded(formatted(by_name != nullptr ? *by_name : next_value(), spec), spec, '>'));
    }
    return i + 1;
  }

  const Value& next_value() {
    if (!value_.is_tuple()) {
      if (next_++ > 0) fail("not enough arguments for format string");
      return value_;
    }
    if (next_ >= value_.items().size()) fail("not enough arguments for format string");
    return value_.items()[next_++];
  }

  static std::string formatted(const Value& value, const Spec& spec) {
    switch (spec.type) {
      case 's':
        return cut(to_text(value), spec.precision);
      case 'r':
        return cut(repr(value), spec.precision);
      case 'd':
      case 'i':
      case 'u':
      case 'x':
      case 'X':
      case 'o':
        return integer_text(value, spec);
      case 'e':
      case 'f':
      case 'g':
        return real_text(value, spec);
      case 'F': {
        Spec lower = spec;
        lower.type = 'f';
        return real_text(value, lower);
      }
      default:
        fail(std::string("unsupported format character '") + spec.type + "'");
    }
  }

  std::string_view format_;
  const Value& value_;
  size_t next_ = 0;
  Text out_;
};

// --- str.format ---

Spec parse_spec(std::string_view text) {
  static constexpr std::string_view kAligns = "<>^=";
  Spec spec;
  spec.type = '\0';
  size_t i = 0;
  if (text.size() > 1 && kAligns.find(text[1]) != std::string_view::npos) {
    spec.fill = text[0];
    spec.align = text[1];
    i = 2;
  } else if (!text.empty() && kAligns.find(text[0]) != std::string_view::npos) {
    spec.align = text[i++];
  }
  if (i < text.size() && (text[i] == '+' || text[i] == '-' || text[i] == ' ')) spec.sign = text[i++];
  if (i < text.size() && text[i] == '#') spec.alternate = text[i++] == '#';
  if (i < text.size() && text[i] == '0' && spec.align == '\0') {
    spec.fill = '0';
    spec.align = '=';
  }
  spec.width = read_number(text, i);
  if (i < text.size() && text[i] == ',') spec.grouped = text[i++] == ',';
  if (i < text.size() && text[i] == '.') spec.precision = read_number(text, ++i);
  if (i < text.size()) spec.type = text[i++];
  if (i != text.size()) fail("invalid format specifier '" + std::string(text) + "'");
  return spec;
}

std::string format_value(const Value& value, std::string_view spec_text) {
  if (spec_text.empty()) return to_text(value);
  Spec spec = parse_spec(spec_text);
  if (value.is_string() && (spec.type == '\0' || spec.type == 's')) {
    return padded(cut(value.text(), spec.precision), spec, '<');
  }
  if (!value.is_number()) fail("unsupported format string for '" + std::string(value.type_name()) + "'");
  if (spec.type == '\0' && value.is_integral()) spec.type = 'd';
  if (spec.type == '\0') spec.type = spec.precision < 0 ? 's' : 'g';
  if (spec.type == 's') return padded(to_text(value), spec, '>');
  static constexpr std::string_view kIntegers = "dxXob";
  static constexpr std::string_view kReals = "efg%";
  if (kIntegers.find(spec.type) != std::string_view::npos)
    return padded(integer_text(value, spec), spec, '>');
  if (kReals.find(spec.type) != std::string_view::npos) return padded(real_text(value, spec), spec, '>');
  fail(std::string("unknown format code '") + spec.type + "'");
}

class BraceFormatter {
 public:
  BraceFormatter(Interpreter& run, std::string_view format, const Arguments& args)
      : run_(run), format_(format), args_(args) {}

  std::string format() {
    for (size_t i = 0; i < format_.size();) {
      const char c = format_[i];
      const bool doubled = i + 1 < format_.size() && format_[i + 1] == c;
      if ((c == '{' || c == '}') && doubled) {
        out_.add(format_.substr(i, 1));
        i += 2;
      } else if (c == '}') {
        fail("Single '}' encountered in format string");
      } else if (c == '{') {
        i = read_field(i + 1);
      } else {
        const size_t end = std::min(format_.find_first_of("{}", i), format_.size());
        out_.add(format_.substr(i, end - i));
        i = end;
      }
    }
    return out_.take();
  }

 private:
  size_t read_field(size_t i) {
    const size_t close = format_.find('}', i);
    if (close == std::string_view::npos) fail("expected '}' before end of string");
    std::string_view field = format_.substr(i, close - i);
    if (field.find('{') != std::string_view::npos) fail_unsupported("nested fields in a format string");
    const size_t colon = std::min(field.find(':'), field.size());
    const std::string_view spec = field.substr(std::min(colon + 1, field.size()));
    field = field.substr(0, colon);
    const size_t bang = std::min(field.find('!'), field.size());
    const std::string_view conversion = field.substr(std::min(bang + 1, field.size()));
    const Value value = find_field(field.substr(0, bang));
    out_.add(format_value(conversion == "r" ? Value(repr(value)) : value, spec));
    return close + 1;
  }

  Value find_field(std::string_view path) {
    const size_t name_end = std::min(path.find_first_of(".["), path.size());
    Value value = find_argument(path.substr(0, name_end));
    for (size_t i = name_end; i < path.size();) {
      const bool bracket = path[i] == '[';
      const size_t end = bracket ? path.find(']', i) : std::min(path.find_first_of(".[", i + 1), path.size());
      if (end == std::string_view::npos) fail("expected ']' in a format string");
      const std::string part(path.substr(i + 1, end - i - 1));
      int64_t index = 0;
      const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
      const bool is_index = !part.empty() && parsed.ptr == part.data() + part.size();
      value = bracket ? run_.item(value, is_index ? Value(index) : Value(part)) : run_.attribute(value, part);
      i = bracket ? end + 1 : end;
    }
    return value;
  }

  Value find_argument(std::string_view name) {
    size_t index = next_;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool numbered =
        !name.empty() && parsed.ec == std::errc() && parsed.ptr == name.data() + name.size();
    if (name.empty() || numbered) {
      if (name.empty() ? numbered_ : next_ > 0) fail("cannot mix automatic and manual field numbering");
      numbered_ = !name.empty();
      if (!numbered_) ++next_;
      if (index >= args_.positional.size())
        fail("replacement index " + std::to_string(index) + " out of range");
      return args_.positional[index];
    }
    for (const auto& [key, value] : args_.named) {
      if (key == name) return value;
    }
    fail("format string names an unknown argument '" + std::string(name) + "'");
  }

  Interpreter& run_;
  std::string_view format_;
  const Arguments& args_;
  size_t next_ = 0;
  bool numbered_ = false;
  Text out_;
};

}  // namespace

std::string percent_format(std::string_view format, const Value& value) {
  return PercentFormatter(format, value).run();
}

std::string brace_format(Interpreter& run, std::string_view format, const Arguments& args) {
  return BraceFormatter(run, format, args).format();
}

}  // namespace samovar::text::jinja
