#include "text/go_template/functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <unordered_map>

#include "text/user_text.h"

namespace samovar::text::go_template {
namespace {

constexpr int kMaxWidth = 10'000;

void expect_args(const FunctionCall& call, size_t least, size_t most) {
  if (call.args.size() >= least && call.args.size() <= most) return;
  fail(std::string(call.name) + " is given " + std::to_string(call.args.size()) + " argument(s)");
}

Value negation(const FunctionCall& call) {
  expect_args(call, 1, 1);
  return Value(!call.args[0].truthy());
}

Value equals_any(const FunctionCall& call) {
  expect_args(call, 2, 1000);
  return Value(std::any_of(call.args.begin() + 1, call.args.end(),
                           [&](const Value& other) { return equal(call.args[0], other); }));
}

Value differs(const FunctionCall& call) {
  expect_args(call, 2, 2);
  return Value(!equal(call.args[0], call.args[1]));
}

template <bool swapped, bool negated>
Value ordered(const FunctionCall& call) {
  expect_args(call, 2, 2);
  return Value(less(call.args[swapped ? 1 : 0], call.args[swapped ? 0 : 1]) != negated);
}

Value length(const FunctionCall& call) {
  expect_args(call, 1, 1);
  const Value& value = call.args[0];
  size_t n = 0;
  if (value.is_string()) {
    n = has_marks(value.text()) ? unmark(value.text()).size() : value.text().size();
  } else if (value.is_list()) {
    n = value.list().items.size();
  } else if (value.is_map()) {
    n = value.map().items.size();
  } else {
    fail("len of a " + std::string(value.kind_name()));
  }
  return Value(static_cast<int64_t>(n));
}

Value indexed(const Value& object, const Value& key) {
  if (object.is_map()) {
    if (!key.is_string()) fail("a map is indexed with a " + std::string(key.kind_name()));
    const auto found = object.map().items.find(key.text());
    return found == object.map().items.end() ? Value() : found->second;
  }
  if (object.is_nil()) fail("index of nil");
  if (!key.is_int())
    fail("cannot index a " + std::string(object.kind_name()) + " with a " + std::string(key.kind_name()));
  const int64_t i = key.integer();
  if (object.is_list()) {
    const auto& items = object.list().items;
    if (i < 0 || i >= static_cast<int64_t>(items.size())) fail("index out of range: " + std::to_string(i));
    return items[static_cast<size_t>(i)];
  }
  if (!object.is_string()) fail("cannot index a " + std::string(object.kind_name()));
  if (i < 0 || i >= static_cast<int64_t>(object.text().size()))
    fail("index out of range: " + std::to_string(i));
  return Value(int64_t{static_cast<unsigned char>(object.text()[static_cast<size_t>(i)])});
}

Value index(const FunctionCall& call) {
  expect_args(call, 1, 100);
  Value value = call.args[0];
  for (size_t i = 1; i < call.args.size(); ++i) value = indexed(value, call.args[i]);
  return value;
}

Value slice(const FunctionCall& call) {
  expect_args(call, 1, 4);
  const Value& object = call.args[0];
  if (!object.is_list() && !object.is_string()) fail("slice of a " + std::string(object.kind_name()));
  const size_t size = object.is_list() ? object.list().items.size() : object.text().size();
  std::array<int64_t, 2> bounds = {0, static_cast<int64_t>(size)};
  for (size_t i = 1; i < std::min<size_t>(call.args.size(), 3); ++i) {
    if (!call.args[i].is_int()) fail("slice needs integers");
    bounds[i - 1] = call.args[i].integer();
  }
  const auto [begin, end] = bounds;
  if (begin < 0 || end < begin || end > static_cast<int64_t>(size)) {
    fail("slice out of range: " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
         std::to_string(size));
  }
  if (object.is_string())
    return Value(object.text().substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
  auto out = std::make_shared<List>(object.list());
  out->items.assign(object.list().items.begin() + begin, object.list().items.begin() + end);
  return Value(std::move(out));
}

// Spaces between operands where neither is a string.
Value print(const FunctionCall& call) {
  Text out;
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (i > 0 && !call.args[i].is_string() && !call.args[i - 1].is_string()) out.add(" ");
    out.add(to_inner_text(call.args[i]));
  }
  return Value(out.take());
}

Value print_line(const FunctionCall& call) {
  Text out;
  for (size_t i = 0; i < call.args.size(); ++i) out.add(i > 0 ? " " : "").add(to_inner_text(call.args[i]));
  return Value(out.add("\n").take());
}

struct Verb {
  bool left = false;
  bool zeros = false;
  bool plus = false;
  int width = 0;
  int precision = -1;
  char letter = 'v';
};

int read_number(std::string_view text, size_t& i) {
  int value = 0;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9')
    value = std::min(value * 10 + (text[i++] - '0'), kMaxWidth + 1);
  if (value > kMaxWidth) fail("a width in a format is over 10000");
  return value;
}

std::string number_text(const Verb& verb, const Value& value) {
  std::array<char, 400> buffer{};
  if (value.is_int()) {
    const int base = verb.letter == 'x' || verb.letter == 'X'
                         ? 16
                         : (verb.letter == 'o' ? 8 : (verb.letter == 'b' ? 2 : 10));
    std::string digits(buffer.data(), std::to_chars(buffer.begin(), buffer.end(), value.integer(), base).ptr);
    if (verb.letter == 'X')
      std::transform(digits.begin(), digits.end(), digits.begin(),
                     [](char c) { return static_cast<char>(std::toupper(c)); });
    return digits;
  }
  const int precision = std::min(verb.precision < 0 ? 6 : verb.precision, 50);
  const char* format = verb.letter == 'e' ? "%.*e" : (verb.letter == 'g' ? "%.*g" : "%.*f");
  std::snprintf(buffer.data(), buffer.size(), format, precision, value.real());
  return buffer.data();
}

std::string verb_text(const Verb& verb, const Value& value) {
  static constexpr std::string_view kInteger = "dxXobc";
  static constexpr std::string_view kReal = "feg";
  if (verb.letter == 'q' && value.is_string()) return quoted(value.text());
  if (verb.letter == 'c' && value.is_int()) fail_unsupported("the format %c");
  const bool number = (value.is_int() && kInteger.find(verb.letter) != std::string_view::npos) ||
                      (value.is_float() && kReal.find(verb.letter) != std::string_view::npos);
  if (number) {
    std::string text = number_text(verb, value);
    return verb.plus && text[0] != '-' ? "+" + text : text;
  }
  std::string text = to_inner_text(value);
  if (verb.letter == 's' && verb.precision >= 0) text = text.substr(0, static_cast<size_t>(verb.precision));
  const bool fits = verb.letter == 'v' ||
                    (verb.letter == 's' && !value.is_int() && !value.is_float() && !value.is_bool()) ||
                    (verb.letter == 't' && value.is_bool());
  return fits ? text
              : std::string("%!") + verb.letter + "(" + std::string(value.kind_name()) + "=" + text + ")";
}

std::string padded(std::string text, const Verb& verb) {
  const size_t length = static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  if (length >= static_cast<size_t>(verb.width)) return text;
  const size_t gap = static_cast<size_t>(verb.width) - length;
  if (verb.left) return text + std::string(gap, ' ');
  const bool negative = verb.zeros && !text.empty() && text[0] == '-';
  if (verb.zeros) return (negative ? "-" : "") + std::string(gap, '0') + text.substr(negative ? 1 : 0);
  return std::string(gap, ' ') + text;
}

Value print_formatted(const FunctionCall& call) {
  expect_args(call, 1, 1000);
  if (!call.args[0].is_string()) fail("printf needs a format");
  const std::string& format = call.args[0].text();
  size_t used = 1;
  Text out;
  for (size_t i = 0; i < format.size();) {
    if (format[i] != '%') {
      const size_t end = std::min(format.find('%', i), format.size());
      out.add(std::string_view(format).substr(i, end - i));
      i = end;
      continue;
    }
    Verb verb;
    for (++i; i < format.size() && std::string_view("-+#0 ").find(format[i]) != std::string_view::npos; ++i) {
      verb.left |= format[i] == '-';
      verb.zeros |= format[i] == '0';
      verb.plus |= format[i] == '+';
    }
    verb.width = read_number(format, i);
    if (i < format.size() && format[i] == '.') verb.precision = read_number(format, ++i);
    verb.letter = i < format.size() ? format[i++] : '!';
    if (verb.letter == '%') {
      out.add("%");
    } else if (used >= call.args.size()) {
      out.add(std::string("%!") + verb.letter + "(MISSING)");
    } else {
      out.add(padded(verb_text(verb, call.args[used++]), verb));
    }
  }
  return Value(out.take());
}

Value escaped_html(const FunctionCall& call) {
  static constexpr std::string_view kFrom = "&<>'\"";
  static constexpr std::array<std::string_view, 5> kTo = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
  const std::string text = print(call).text();
  Text out;
  for (size_t i = 0; i < text.size();) {
    const Mark mark = mark_at(text, i);
    const std::string_view bytes = std::string_view(text).substr(i, std::max<size_t>(mark.bytes, 1));
    const size_t known = kFrom.find(mark.seen.empty() ? text[i] : mark.seen[0]);
    out.add(known != std::string_view::npos ? kTo[known] : bytes);
    i += bytes.size();
  }
  return Value(out.take());
}

Value json(const FunctionCall& call) {
  expect_args(call, 1, 1);
  return Value(to_json(call.args[0]));
}

Value current_date(const FunctionCall& call) { return Value(std::string(call.date)); }

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

Value yesterday(const FunctionCall& call) {
  int year = 1970;
  int month = 1;
  int day = 2;
  if (call.date.size() == 10) {
    const char* text = call.date.data();
    std::from_chars(text, text + 4, year);
    std::from_chars(text + 5, text + 7, month);
    std::from_chars(text + 8, text + 10, day);
  }
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (--day < 1) {
    if (--month < 1) {
      month = 12;
      --year;
    }
    day = kDays[static_cast<size_t>(std::clamp(month, 1, 12) - 1)] + (month == 2 && is_leap(year) ? 1 : 0);
  }
  std::array<char, 48> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02d", year, month, day);
  return Value(buffer.data());
}

std::string_view typescript_name(std::string_view type) {
  if (type == "string" || type == "boolean" || type == "null") return type;
  if (type == "number" || type == "integer") return "number";
  if (type == "array") return "any[]";
  return type == "object" ? "Record<string, any>" : "any";
}

Value to_typescript(const FunctionCall& call) {
  expect_args(call, 1, 1);
  return typescript_type(call.args[0]);
}

const std::unordered_map<std::string_view, Function>& functions() {
  static const std::unordered_map<std::string_view, Function> kFunctions = {
      {"not", negation},
      {"eq", equals_any},
      {"ne", differs},
      {"lt", ordered<false, false>},
      {"le", ordered<true, true>},
      {"gt", ordered<true, false>},
      {"ge", ordered<false, true>},
      {"len", length},
      {"index", index},
      {"slice", slice},
      {"print", print},
      {"println", print_line},
      {"printf", print_formatted},
      {"html", escaped_html},
      {"json", json},
      {"currentDate", current_date},
      {"yesterdayDate", yesterday},
      {"toTypeScriptType", to_typescript},
  };
  return kFunctions;
}

}  // namespace

Function find_function(std::string_view name) {
  const auto found = functions().find(name);
  return found == functions().end() ? nullptr : found->second;
}

Value typescript_type(const Value& property) {
  if (!property.is_record() || !property.record().is_tool_property) return Value("any");
  const auto items_of = [&](std::string_view name) {
    const Value* found = property.record().find(name);
    return found != nullptr && found->is_list() ? found->list().items : std::vector<Value>();
  };
  std::string joined;
  for (const Value& choice : items_of("AnyOf"))
    joined += (joined.empty() ? "" : " | ") + typescript_type(choice).text();
  if (!joined.empty()) return Value(joined);
  for (const Value& type : items_of("Type")) {
    joined += (joined.empty() ? "" : " | ") +
              std::string(typescript_name(type.is_string() ? unmark(type.text()) : ""));
  }
  return joined.empty() ? Value("any") : Value(joined);
}

}  // namespace samovar::text::go_template
