// Filters that give text or numbers.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "text/jinja/builtins.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/unicode.h"
#include "text/user_text.h"

namespace samovar::text::jinja {
namespace {

std::string input_text(const Call& call) { return to_text(call.self); }

Value upper(Call& call) { return call.run.text(to_upper(input_text(call))); }
Value lower(Call& call) { return call.run.text(to_lower(input_text(call))); }
Value capitalize(Call& call) { return call.run.text(capitalized(input_text(call))); }
Value string(Call& call) { return call.self.is_string() ? call.self : call.run.text(input_text(call)); }

Value title(Call& call) {
  static constexpr std::string_view kWordStarters = "-({[<";
  std::string out;
  bool start = true;
  const std::string text = input_text(call);
  for (const std::string_view character : characters(text)) {
    const std::string seen = unmark(character);
    const bool separates = !seen.empty() && (kWordStarters.find(seen[0]) != std::string_view::npos ||
                                             is_space(code_point_at(seen, 0).value));
    out += start ? to_upper(character) : to_lower(character);
    start = separates;
  }
  return call.run.text(std::move(out));
}

Value trim(Call& call) {
  const std::string text = input_text(call);
  if (!call.given(0) || call.at(0).is_none()) return call.run.text(std::string(strip(text, Side::kBoth)));
  return call.run.text(std::string(strip(text, Side::kBoth, call.string(0, ""))));
}

Value replace(Call& call) {
  const std::string text = input_text(call);
  const std::string from = to_text(call.at(0));
  const std::string to = to_text(call.at(1));
  const bool limited = call.given(2) && !call.at(2).is_none() && call.integer(2, -1) >= 0;
  const size_t limit = limited ? static_cast<size_t>(call.integer(2, 0)) : std::numeric_limits<size_t>::max();
  Text out;
  if (from.empty()) {
    size_t done = 0;
    const std::vector<std::string_view> all = characters(text);
    for (size_t i = 0; i <= all.size(); ++i) {
      if (done++ < limit) out.add(to);
      if (i < all.size()) out.add(all[i]);
    }
    return call.run.text(out.take());
  }
  size_t begin = 0;
  for (const Match& match : find_all(text, from, limit)) {
    out.add(std::string_view(text).substr(begin, match.begin - begin)).add(to);
    begin = match.end;
  }
  return call.run.text(out.add(std::string_view(text).substr(begin)).take());
}

Value indent(Call& call) {
  const std::string margin =
      call.given(0) && call.at(0).is_string()
          ? call.at(0).text()
          : Text().repeat(" ", static_cast<size_t>(std::max<int64_t>(call.integer(0, 4), 0))).take();
  const bool blank = call.flag(2, false);
  const std::string text = input_text(call) + "\n";
  Text out;
  bool first = true;
  for (const std::string_view line : split_lines(text)) {
    if (!first) out.add("\n");
    if (first ? call.flag(1, false) : (blank || !line.empty())) out.add(margin);
    out.add(line);
    first = false;
  }
  return call.run.text(out.take());
}

Value escape(Call& call) {
  static constexpr std::string_view kFrom = "&<>'\"";
  static constexpr std::array<std::string_view, 5> kTo = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
  const std::string text = input_text(call);
  Text out;
  for (const std::string_view character : characters(text)) {
    const std::string seen = unmark(character);
    const size_t at = seen.size() == 1 ? kFrom.find(seen[0]) : std::string_view::npos;
    out.add(at != std::string_view::npos ? kTo[at] : character);
  }
  return call.run.text(out.take());
}

Value center(Call& call) {
  const std::string text = input_text(call);
  const int64_t gap = call.integer(0, 80) - static_cast<int64_t>(count_characters(text));
  const size_t total = gap > 0 ? static_cast<size_t>(gap) : 0;
  Text out;
  out.repeat(" ", total / 2).add(text).repeat(" ", total - total / 2);
  return call.run.text(out.take());
}

Value truncate(Call& call) {
  const std::string text = input_text(call);
  const int64_t length = call.integer(0, 255);
  const bool cut_words = call.flag(1, false);
  const std::string end = call.string(2, "...");
  const int64_t leeway = call.integer(3, 5);
  const std::vector<std::string_view> all = characters(text);
  if (static_cast<int64_t>(all.size()) <= length + leeway) return call.run.text(text);
  const int64_t kept = std::max<int64_t>(length - static_cast<int64_t>(count_characters(end)), 0);
  std::string out;
  for (int64_t i = 0; i < kept; ++i) out += all[static_cast<size_t>(i)];
  if (!cut_words) out = out.substr(0, std::min(out.rfind(' '), out.size()));
  return call.run.text(out + end);
}

Value wordcount(Call& call) {
  int64_t words = 0;
  bool inside = false;
  const std::string text = input_text(call);
  for (const std::string_view character : characters(text)) {
    const char32_t c = code_point_at(character, 0).value;
    const bool letter = c >= 0x80 || std::isalnum(static_cast<int>(c)) != 0 || c == '_';
    words += letter && !inside;
    inside = letter;
  }
  return Value(words);
}

Value format(Call& call) {
  if (!call.rest.named.empty()) {
    auto names = std::make_shared<Dict>();
    for (auto& [name, value] : call.rest.named) names->set(name, std::move(value));
    return call.run.text(percent_format(input_text(call), Value(std::move(names))));
  }
  return call.run.text(percent_format(input_text(call), Value::tuple(std::move(call.rest.positional))));
}

Value tojson(Call& call) {
  JsonStyle style;
  if (call.given(1) && !call.at(1).is_none()) {
    style.indent =
        call.at(1).is_string()
            ? call.at(1).text()
            : Text().repeat(" ", static_cast<size_t>(std::max<int64_t>(call.integer(1, 0), 0))).take();
    style.item_separator = ",";
  }
  if (call.given(2) && !call.at(2).is_none()) {
    const std::vector<Value> separators = elements(call.at(2), call.run.meter());
    if (separators.size() != 2) fail("tojson(separators=...) needs two strings");
    style.item_separator = to_text(separators[0]);
    style.key_separator = to_text(separators[1]);
  }
  style.ascii_only = call.flag(0, false);
  style.sort_keys = call.flag(3, false);
  return call.run.text(to_json(call.self, style, call.run.meter()));
}

// The number a Python int() or float() reads from a text: white space around, underscores between digits.
std::string number_text(const std::string& text) {
  std::string digits(strip(text, Side::kBoth));
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  if (!digits.empty() && digits[0] == '+') digits.erase(0, 1);
  return digits;
}

template <typename T>
std::optional<T> parse_number(const std::string& digits, auto... base) {
  T value{};
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value, base...);
  if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

Value to_integer(Call& call) {
  const Value fallback = call.value(0, Value(int64_t{0}));
  if (call.self.is_integral()) return Value(call.self.integer());
  if (call.self.is_float()) {
    return std::abs(call.self.number()) < 9.2e18 ? Value(static_cast<int64_t>(call.self.number())) : fallback;
  }
  if (!call.self.is_string()) return fallback;
  const std::string digits = number_text(call.self.text());
  if (const auto whole = parse_number<int64_t>(digits, static_cast<int>(call.integer(1, 10))))
    return Value(*whole);
  if (const auto real = parse_number<double>(digits); real && std::abs(*real) < 9.2e18) {
    return Value(static_cast<int64_t>(*real));
  }
  return fallback;
}

Value to_float(Call& call) {
  const Value fallback = call.value(0, Value(0.0));
  if (call.self.is_number()) return Value(call.self.number());
  if (!call.self.is_string()) return fallback;
  const auto real = parse_number<double>(number_text(call.self.text()));
  return real ? Value(*real) : fallback;
}

Value absolute(Call& call) {
  if (call.self.is_float()) return Value(std::abs(call.self.number()));
  if (!call.self.is_integral())
    fail("bad operand type for abs(): '" + std::string(call.self.type_name()) + "'");
  return call.self.integer() < 0 ? negate(call.self) : Value(call.self.integer());
}

// Rounds half to even in the exact binary value, as Python does.
double rounded(double value, int64_t precision) {
  if (precision < 0) {
    const double scale = std::pow(10.0, static_cast<double>(-precision));
    return std::nearbyint(value / scale) * scale;
  }
  std::array<char, 512> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", static_cast<int>(std::min<int64_t>(precision, 100)),
                value);
  double result = value;
  std::from_chars(buffer.data(), buffer.data() + std::char_traits<char>::length(buffer.data()), result);
  return result;
}

Value round(Call& call) {
  if (!call.self.is_number())
    fail("round() needs a number, not '" + std::string(call.self.type_name()) + "'");
  const int64_t precision = std::clamp<int64_t>(call.integer(0, 0), -300, 300);
  const std::string method = call.string(1, "common");
  const double value = call.self.number();
  if (method == "common") {
    return call.self.is_integral() && precision >= 0 ? call.self : Value(rounded(value, precision));
  }
  if (method != "ceil" && method != "floor") fail("method must be common, ceil or floor");
  const double scale = std::pow(10.0, static_cast<double>(precision));
  return Value((method == "ceil" ? std::ceil(value * scale) : std::floor(value * scale)) / scale);
}

Value default_value(Call& call) {
  const bool missing = call.self.is_undefined() || (call.flag(1, false) && !call.self.truthy());
  return missing ? call.value(0, Value("")) : call.self;
}

Value unchanged(Call& call) { return call.self.is_undefined() ? Value("") : call.self; }

constexpr Builtin kTextFilters[] = {
    {"upper", upper, ""},
    {"lower", lower, ""},
    {"capitalize", capitalize, ""},
    {"title", title, ""},
    {"string", string, ""},
    {"trim", trim, "chars"},
    {"replace", replace, "old,new,count"},
    {"indent", indent, "width,first,blank"},
    {"escape", escape, ""},
    {"e", escape, ""},
    {"forceescape", escape, ""},
    {"safe", unchanged, ""},
    {"center", center, "width"},
    {"truncate", truncate, "length,killwords,end,leeway"},
    {"wordcount", wordcount, ""},
    {"format", format, "*"},
    {"tojson", tojson, "ensure_ascii,indent,separators,sort_keys"},
    {"int", to_integer, "default,base"},
    {"float", to_float, "default"},
    {"abs", absolute, ""},
    {"round", round, "precision,method"},
    {"default", default_value, "default_value,boolean"},
    {"d", default_value, "default_value,boolean"},
};

}  // namespace

std::span<const Builtin> text_filters() { return kTextFilters; }

}  // namespace samovar::text::jinja
