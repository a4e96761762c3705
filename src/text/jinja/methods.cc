// Methods of strings, dicts and lists. Those that change their object are refused, as Hugging Face's
// sandbox does.
#include <algorithm>
#include <limits>

#include "text/jinja/builtins.h"
#include "text/jinja/format.h"
#include "text/jinja/print.h"
#include "text/jinja/unicode.h"
#include "text/user_text.h"

namespace samovar::text::jinja {
namespace {

const std::string& self_text(const Call& call) { return call.self.text(); }

std::string text_argument(const Call& call, size_t i) {
  const Value& value = call.at(i);
  if (!value.is_string()) {
    fail(std::string(call.name) + "() needs a string, not '" + std::string(value.type_name()) + "'");
  }
  return value.text();
}

Value stripped(Call& call, Side side) {
  if (!call.given(0) || call.at(0).is_none()) return call.run.text(std::string(strip(self_text(call), side)));
  return call.run.text(std::string(strip(self_text(call), side, text_argument(call, 0))));
}

Value list_of(Interpreter& run, const std::vector<std::string_view>& parts) {
  std::vector<Value> items;
  run.meter().steps(parts.size());
  for (const std::string_view part : parts) items.push_back(run.text(std::string(part)));
  return Value::list(std::move(items));
}

// Splits at runs of white space; `limit` splits at most, from the left.
std::vector<std::string_view> split_space(std::string_view text, size_t limit) {
  std::vector<std::string_view> parts;
  text = strip(text, Side::kLeft);
  while (!text.empty()) {
    if (parts.size() == limit) {
      parts.push_back(strip(text, Side::kRight));
      break;
    }
    size_t end = 0;
    while (end < text.size() && !is_space(code_point_at(text, end).value))
      end += code_point_at(text, end).bytes;
    parts.push_back(text.substr(0, end));
    text = strip(text.substr(end), Side::kLeft);
  }
  return parts;
}

std::vector<std::string_view> split_at(std::string_view text, const std::vector<Match>& matches) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (const Match& match : matches) {
    parts.push_back(text.substr(begin, match.begin - begin));
    begin = match.end;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

size_t split_limit(const Call& call) {
  const int64_t limit = call.integer(1, -1);
  return limit < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(limit);
}

Value str_split(Call& call) {
  const std::string& text = self_text(call);
  if (!call.given(0) || call.at(0).is_none()) return list_of(call.run, split_space(text, split_limit(call)));
  const std::string separator = text_argument(call, 0);
  if (separator.empty()) fail("empty separator");
  return list_of(call.run, split_at(text, find_all(text, separator, split_limit(call))));
}

Value str_rsplit(Call& call) {
  const size_t limit = split_limit(call);
  if (limit == std::numeric_limits<size_t>::max()) return str_split(call);
  if (!call.given(0) || call.at(0).is_none()) fail_unsupported("rsplit() at white space with a limit");
  const std::string separator = text_argument(call, 0);
  if (separator.empty()) fail("empty separator");
  std::string_view rest = self_text(call);
  std::vector<std::string_view> parts;
  while (parts.size() < limit) {
    const std::optional<Match> match = find_last(rest, separator);
    if (!match) break;
    call.run.meter().steps(1 + rest.size() / 64);
    parts.push_back(rest.substr(match->end));
    rest = rest.substr(0, match->begin);
  }
  parts.push_back(rest);
  std::reverse(parts.begin(), parts.end());
  return list_of(call.run, parts);
}

Value three_parts(Call& call, const std::optional<Match>& match, bool from_left) {
  const std::string& text = self_text(call);
  if (!match) {
    return from_left ? Value::tuple({call.self, Value(""), Value("")})
                     : Value::tuple({Value(""), Value(""), call.self});
  }
  return Value::tuple({Value(text.substr(0, match->begin)),
                       Value(text.substr(match->begin, match->end - match->begin)),
                       Value(text.substr(match->end))});
}

bool any_affix(const Call& call, bool (*matches)(std::string_view, std::string_view)) {
  const Value& affix = call.at(0);
  if (!affix.is_tuple()) return matches(self_text(call), text_argument(call, 0));
  const auto& items = affix.items();
  return std::any_of(items.begin(), items.end(), [&](const Value& item) {
    return item.is_string() && matches(self_text(call), item.text());
  });
}

Value without_affix(Call& call, bool prefix) {
  const std::string& text = self_text(call);
  const std::string affix = text_argument(call, 0);
  if (affix.empty()) return call.self;
  const std::optional<Match> match = prefix ? find_first(text, affix) : find_last(text, affix);
  if (prefix) return match && match->begin == 0 ? Value(text.substr(match->end)) : call.self;
  return match && match->end == text.size() ? Value(text.substr(0, match->begin)) : call.self;
}

Value position(Call& call, const std::optional<Match>& match) {
  if (!match) return Value(int64_t{-1});
  return Value(
      static_cast<int64_t>(count_characters(std::string_view(self_text(call)).substr(0, match->begin))));
}

Value str_replace(Call& call) {
  Arguments args;
  args.positional = {Value(text_argument(call, 0)), Value(text_argument(call, 1))};
  if (call.given(2)) args.positional.push_back(call.at(2));
  return call.run.apply_filter("replace", call.self, std::move(args));
}

Value str_join(Call& call) {
  const std::vector<Value> items = elements(call.at(0), call.run.meter());
  Text out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_string()) {
      fail("sequence item " + std::to_string(i) + ": expected str instance, " +
           std::string(items[i].type_name()) + " found");
    }
    if (i > 0) out.add(self_text(call));
    out.add(items[i].text());
  }
  return call.run.text(out.take());
}

Value str_title(Call& call) {
  std::string out;
  bool in_word = false;
  for (const std::string_view character : characters(self_text(call))) {
    const std::string upper = to_upper(character);
    const std::string lower = to_lower(character);
    const bool letter = upper != lower;
    out += letter && !in_word ? upper : lower;
    in_word = letter;
  }
  return call.run.text(std::move(out));
}

bool all_characters(const std::string& text, bool (*holds)(std::string_view)) {
  const std::vector<std::string_view> all = characters(text);
  return !all.empty() && std::all_of(all.begin(), all.end(), holds);
}
bool is_ascii_digit(std::string_view c) { return c.size() == 1 && c[0] >= '0' && c[0] <= '9'; }
bool is_letter(std::string_view c) { return to_upper(c) != to_lower(c); }
bool is_alphanumeric(std::string_view c) { return is_ascii_digit(c) || is_letter(c); }
bool is_space_character(std::string_view c) { return is_space(code_point_at(c, 0).value); }

bool has_case(const std::string& text, std::string (*convert)(std::string_view)) {
  return convert(text) == text && to_upper(text) != to_lower(text);
}

Value str_format(Call& call) { return call.run.text(brace_format(call.run, self_text(call), call.rest)); }

Value str_lines(Call& call) { return list_of(call.run, split_lines(self_text(call))); }

Value str_padded(Call& call, bool left, bool right) {
  const int64_t width = call.integer(0, 0);
  const std::string fill = call.string(1, " ");
  const int64_t length = static_cast<int64_t>(count_characters(self_text(call)));
  if (width <= length) return call.self;
  const size_t gap = static_cast<size_t>(width - length);
  const size_t before = left && right ? gap / 2 : (left ? gap : 0);
  Text out;
  out.repeat(fill, before).add(self_text(call)).repeat(fill, gap - before);
  return call.run.text(out.take());
}

Value refuse_change(Call& call) {
  fail("access to attribute '" + std::string(call.name) + "' of '" + std::string(call.self.type_name()) +
       "' object is unsafe: it would change the object");
}

Value dict_get(Call& call) {
  const Value* found = call.self.dict().find(call.at(0), call.run.meter());
  return found != nullptr ? *found : call.value(1, Value(None{}));
}

Value dict_keys(Call& call) { return Value::list(call.elements_of_self()); }

Value dict_values(Call& call) {
  std::vector<Value> values;
  for (const auto& item : call.self.dict().items()) values.push_back(item.second);
  call.run.meter().steps(values.size());
  return Value::list(std::move(values));
}

Value dict_items(Call& call) {
  std::vector<Value> pairs;
  for (const auto& item : call.self.dict().items()) pairs.push_back(Value::tuple({item.first, item.second}));
  call.run.meter().steps(pairs.size());
  return Value::list(std::move(pairs));
}

int64_t count_equal(Call& call) {
  const auto& items = call.self.items();
  return std::count_if(items.begin(), items.end(),
                       [&](const Value& item) { return equal(item, call.at(0), call.run.meter()); });
}

Value list_index(Call& call) {
  const auto& items = call.self.items();
  for (size_t i = 0; i < items.size(); ++i) {
    if (equal(items[i], call.at(0), call.run.meter())) return Value(static_cast<int64_t>(i));
  }
  fail(to_text(call.at(0)) + " is not in list");
}

constexpr Builtin kStringMethods[] = {
    {"strip", [](Call& c) { return stripped(c, Side::kBoth); }, "chars"},
    {"lstrip", [](Call& c) { return stripped(c, Side::kLeft); }, "chars"},
    {"rstrip", [](Call& c) { return stripped(c, Side::kRight); }, "chars"},
    {"split", str_split, "sep,maxsplit"},
    {"rsplit", str_rsplit, "sep,maxsplit"},
    {"partition", [](Call& c) { return three_parts(c, find_first(self_text(c), text_argument(c, 0)), true); },
     "sep"},
    {"rpartition",
     [](Call& c) { return three_parts(c, find_last(self_text(c), text_argument(c, 0)), false); }, "sep"},
    {"splitlines", str_lines, ""},
    {"startswith", [](Call& c) { return Value(any_affix(c, starts_with)); }, "prefix"},
    {"endswith", [](Call& c) { return Value(any_affix(c, ends_with)); }, "suffix"},
    {"removeprefix", [](Call& c) { return without_affix(c, true); }, "prefix"},
    {"removesuffix", [](Call& c) { return without_affix(c, false); }, "suffix"},
    {"upper", [](Call& c) { return c.run.text(to_upper(self_text(c))); }, ""},
    {"lower", [](Call& c) { return c.run.text(to_lower(self_text(c))); }, ""},
    {"casefold", [](Call& c) { return c.run.text(to_lower(self_text(c))); }, ""},
    {"title", str_title, ""},
    {"capitalize", [](Call& c) { return c.run.text(capitalized(self_text(c))); }, ""},
    {"replace", str_replace, "old,new,count"},
    {"join", str_join, "iterable"},
    {"find", [](Call& c) { return position(c, find_first(self_text(c), text_argument(c, 0))); }, "sub"},
    {"rfind", [](Call& c) { return position(c, find_last(self_text(c), text_argument(c, 0))); }, "sub"},
    {"count",
     [](Call& c) {
       return Value(static_cast<int64_t>(
           find_all(self_text(c), text_argument(c, 0), std::numeric_limits<size_t>::max()).size()));
     },
     "sub"},
    {"format", str_format, "*"},
    {"ljust", [](Call& c) { return str_padded(c, false, true); }, "width,fillchar"},
    {"rjust", [](Call& c) { return str_padded(c, true, false); }, "width,fillchar"},
    {"center", [](Call& c) { return str_padded(c, true, true); }, "width,fillchar"},
    {"isdigit", [](Call& c) { return Value(all_characters(self_text(c), is_ascii_digit)); }, ""},
    {"isnumeric", [](Call& c) { return Value(all_characters(self_text(c), is_ascii_digit)); }, ""},
    {"isdecimal", [](Call& c) { return Value(all_characters(self_text(c), is_ascii_digit)); }, ""},
    {"isalpha", [](Call& c) { return Value(all_characters(self_text(c), is_letter)); }, ""},
    {"isalnum", [](Call& c) { return Value(all_characters(self_text(c), is_alphanumeric)); }, ""},
    {"isspace", [](Call& c) { return Value(all_characters(self_text(c), is_space_character)); }, ""},
    {"isupper", [](Call& c) { return Value(has_case(self_text(c), to_upper)); }, ""},
    {"islower", [](Call& c) { return Value(has_case(self_text(c), to_lower)); }, ""},
};

constexpr Builtin kDictMethods[] = {
    {"get", dict_get, "key,default"},
    {"keys", dict_keys, ""},
    {"values", dict_values, ""},
    {"items", dict_items, ""},
    {"copy", [](Call& c) { return c.self; }, ""},
    {"pop", refuse_change, "*"},
    {"popitem", refuse_change, "*"},
    {"clear", refuse_change, "*"},
    {"update", refuse_change, "*"},
    {"setdefault", refuse_change, "*"},
};

constexpr Builtin kListMethods[] = {
    {"index", list_index, "value"},
    {"count", [](Call& c) { return Value(count_equal(c)); }, "value"},
    {"copy", [](Call& c) { return c.self; }, ""},
    {"append", refuse_change, "*"},
    {"extend", refuse_change, "*"},
    {"insert", refuse_change, "*"},
    {"pop", refuse_change, "*"},
    {"remove", refuse_change, "*"},
    {"reverse", refuse_change, "*"},
    {"sort", refuse_change, "*"},
    {"clear", refuse_change, "*"},
};

}  // namespace

std::span<const Builtin> string_methods() { return kStringMethods; }
std::span<const Builtin> dict_methods() { return kDictMethods; }
std::span<const Builtin> list_methods() { return kListMethods; }

}  // namespace samovar::text::jinja
