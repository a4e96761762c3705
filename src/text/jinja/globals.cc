// Global functions: range, dict, namespace, raise_exception, strftime_now, ...
#include <array>
#include <charconv>
#include <cstdio>

#include "text/jinja/builtins.h"
#include "text/jinja/print.h"

namespace samovar::text::jinja {
namespace {

constexpr int64_t kMaxRange = 100'000;  // as Jinja's sandbox

Value make_range(Call& call) {
  const bool one = !call.given(1);
  const int64_t start = one ? 0 : call.integer(0, 0);
  static_cast<void>(call.at(0));
  const int64_t stop = one ? call.integer(0, 0) : call.integer(1, 0);
  const int64_t step = call.integer(2, 1);
  if (step == 0) fail("range() arg 3 must not be zero");
  std::vector<Value> items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (items.size() >= kMaxRange)
      fail("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
    items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  call.run.meter().steps(items.size());
  return Value::list(std::move(items));
}

// dict(...) and namespace(...) take the same arguments.
void fill(Call& call, Dict& dict) {
  Meter& meter = call.run.meter();
  if (call.rest.positional.size() > 1)
    fail(std::string(call.name) + "() takes at most one positional argument");
  for (const Value& source : call.rest.positional) {
    if (source.is_dict()) {
      for (const auto& [key, value] : source.dict().items()) dict.set(key, value, meter);
      continue;
    }
    for (const Value& pair : elements(source, meter)) {
      const std::vector<Value> two = elements(pair, meter);
      if (two.size() != 2) fail(std::string(call.name) + "() needs pairs of key and value");
      dict.set(two[0], two[1], meter);
    }
  }
  for (auto& [name, value] : call.rest.named) dict.set(name, value);
  meter.steps(dict.items().size());
}

Value make_dict(Call& call) {
  auto dict = std::make_shared<Dict>();
  fill(call, *dict);
  return Value(std::move(dict));
}

Value make_namespace(Call& call) {
  Value space = call.run.make_namespace();
  fill(call, space.dict());
  return space;
}

Value raise_exception(Call& call) { fail(call.string(0, "the template raised an error")); }

// A cycler or joiner keeps its place in a namespace of the interpreter's, the owner of what can change.
Value make_joiner(Call& call) {
  Value state = call.run.make_namespace();
  auto function = std::make_shared<Function>();
  function->name = "joiner";
  function->depth = 2;
  function->call = [state, separator = call.string(0, ", ")](Interpreter&, Arguments&) mutable {
    if (state.dict().find("used") != nullptr) return Value(separator);
    state.dict().set("used", Value(true));
    return Value("");
  };
  return Value(std::move(function));
}

struct Date {
  int year = 1970;
  int month = 1;
  int day = 1;
};

Date parse_date(std::string_view text) {
  Date date;
  if (text.size() != 10) return date;
  std::from_chars(text.data(), text.data() + 4, date.year);
  std::from_chars(text.data() + 5, text.data() + 7, date.month);
  std::from_chars(text.data() + 8, text.data() + 10, date.day);
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return Date{};
  return date;
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int day_of_year(const Date& date) {
  static constexpr std::array<int, 12> kBefore = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  return kBefore[static_cast<size_t>(date.month - 1)] + date.day +
         (date.month > 2 && is_leap(date.year) ? 1 : 0);
}

// 0: Sunday.
int day_of_week(const Date& date) {
  const int before = date.year - 1;
  return (before * 365 + before / 4 - before / 100 + before / 400 + day_of_year(date)) % 7;
}

std::string number(int value, int width) {
  std::string digits = std::to_string(value);
  return digits.size() < static_cast<size_t>(width)
             ? std::string(static_cast<size_t>(width) - digits.size(), '0') + digits
             : digits;
}

// One letter of strftime. The caller's clock gives the day only: the time is midnight.
std::string date_part(char letter, const Date& date) {
  static constexpr std::array<const char*, 12> kMonths = {"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};
  static constexpr std::array<const char*, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
  const std::string month = kMonths[static_cast<size_t>(date.month - 1)];
  const std::string day = kDays[static_cast<size_t>(day_of_week(date))];
  switch (letter) {
    case 'Y':
      return std::to_string(date.year);
    case 'y':
      return number(date.year % 100, 2);
    case 'm':
      return number(date.month, 2);
    case 'd':
      return number(date.day, 2);
    case 'e':
      return date.day < 10 ? " " + std::to_string(date.day) : std::to_string(date.day);
    case 'B':
      return month;
    case 'b':
    case 'h':
      return month.substr(0, 3);
    case 'A':
      return day;
    case 'a':
      return day.substr(0, 3);
    case 'j':
      return number(day_of_year(date), 3);
    case 'u':
      return std::to_string(day_of_week(date) == 0 ? 7 : day_of_week(date));
    case 'w':
      return std::to_string(day_of_week(date));
    case 'F':
      return std::to_string(date.year) + "-" + number(date.month, 2) + "-" + number(date.day, 2);
    case 'D':
      return number(date.month, 2) + "/" + number(date.day, 2) + "/" + number(date.year % 100, 2);
    case 'H':
    case 'M':
    case 'S':
      return "00";
    case 'I':
      return "12";
    case 'p':
      return "AM";
    case 'T':
      return "00:00:00";
    case 'R':
      return "00:00";
    case 'f':
      return "000000";
    case 'Z':
    case 'z':
      return "";
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '%':
      return "%";
    default:
      fail_unsupported(std::string("strftime_now does not know '%") + letter + "'");
  }
}

Value strftime_now(Call& call) {
  const std::string format = call.at(0).is_string() ? call.at(0).text() : std::string();
  const Date date = parse_date(call.run.date());
  Text out;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out.add({&format[i], 1});
      continue;
    }
    const bool unpadded = format[i + 1] == '-' && i + 2 < format.size();
    i += unpadded ? 2 : 1;
    std::string part = date_part(format[i], date);
    if (unpadded) part.erase(0, std::min(part.find_first_not_of("0 "), part.size() - 1));
    out.add(part);
  }
  return call.run.text(out.take());
}

constexpr Builtin kGlobals[] = {
    {"range", make_range, "start,stop,step"},
    {"dict", make_dict, "*"},
    {"namespace", make_namespace, "*"},
    {"joiner", make_joiner, "sep"},
    {"raise_exception", raise_exception, "message"},
    {"strftime_now", strftime_now, "format"},
};

}  // namespace

std::span<const Builtin> globals() { return kGlobals; }

}  // namespace samovar::text::jinja
