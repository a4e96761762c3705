// Jinja's tests: "x is string".
#include <array>

#include "text/jinja/builtins.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/unicode.h"

namespace samovar::text::jinja {
namespace {

int64_t self_integer(const Call& call) {
  if (!call.self.is_integral()) {
    fail("the test '" + std::string(call.name) + "' needs an integer, not '" +
         std::string(call.self.type_name()) + "'");
  }
  return call.self.integer();
}

bool is_iterable(const Value& value) {
  return value.is_undefined() || value.is_string() || value.is_sequence() || value.is_dict();
}

bool is_callable(const Value& value) { return value.is_function() || value.is_undefined(); }

bool is_same(const Value& a, const Value& b, Meter& meter) {
  if (a.identity() != nullptr || b.identity() != nullptr) return a.identity() == b.identity();
  return a.type_name() == b.type_name() && equal(a, b, meter);
}

Value is_divisible(Call& call) {
  const Value rest = binary("%", call.self, call.at(0), call.run.meter());
  return Value(equal(rest, Value(int64_t{0}), call.run.meter()));
}

template <bool (Value::*holds)() const>
Value type_test(Call& call) {
  return Value((call.self.*holds)());
}

Value is_equal(Call& c) { return Value(equal(c.self, c.at(0), c.run.meter())); }
Value is_different(Call& c) { return Value(!equal(c.self, c.at(0), c.run.meter())); }
Value is_less(Call& c) { return Value(compare(c.self, c.at(0), c.run.meter()) < 0); }
Value is_less_or_equal(Call& c) { return Value(compare(c.self, c.at(0), c.run.meter()) <= 0); }
Value is_greater(Call& c) { return Value(compare(c.self, c.at(0), c.run.meter()) > 0); }
Value is_greater_or_equal(Call& c) { return Value(compare(c.self, c.at(0), c.run.meter()) >= 0); }
Value is_upper(Call& c) {
  const std::string text = to_text(c.self);
  return Value(to_upper(text) == text && to_lower(text) != text);
}
Value is_lower(Call& c) {
  const std::string text = to_text(c.self);
  return Value(to_lower(text) == text && to_upper(text) != text);
}

constexpr Builtin kTests[] = {
    {"defined", [](Call& c) { return Value(!c.self.is_undefined()); }, ""},
    {"undefined", type_test<&Value::is_undefined>, ""},
    {"none", type_test<&Value::is_none>, ""},
    {"boolean", type_test<&Value::is_bool>, ""},
    {"true", [](Call& c) { return Value(c.self.is_bool() && c.self.truthy()); }, ""},
    {"false", [](Call& c) { return Value(c.self.is_bool() && !c.self.truthy()); }, ""},
    {"integer", type_test<&Value::is_int>, ""},
    {"float", type_test<&Value::is_float>, ""},
    {"number", type_test<&Value::is_number>, ""},
    {"string", type_test<&Value::is_string>, ""},
    {"mapping", type_test<&Value::is_dict>, ""},
    {"sequence",
     [](Call& c) {
       return Value(c.self.is_sequence() || c.self.is_string() || c.self.is_dict() || c.self.is_undefined());
     },
     ""},
    {"iterable", [](Call& c) { return Value(is_iterable(c.self)); }, ""},
    {"callable", [](Call& c) { return Value(is_callable(c.self)); }, ""},
    {"sameas", [](Call& c) { return Value(is_same(c.self, c.at(0), c.run.meter())); }, "other"},
    {"odd", [](Call& c) { return Value(self_integer(c) % 2 != 0); }, ""},
    {"even", [](Call& c) { return Value(self_integer(c) % 2 == 0); }, ""},
    {"divisibleby", is_divisible, "num"},
    {"in", [](Call& c) { return Value(is_in(c.self, c.at(0), c.run.meter())); }, "seq"},
    {"upper", is_upper, ""},
    {"lower", is_lower, ""},
    {"escaped", [](Call&) { return Value(false); }, ""},
    {"filter", [](Call& c) { return Value(find_filter(to_text(c.self)) != nullptr); }, ""},
    {"test", [](Call& c) { return Value(find_test(to_text(c.self)) != nullptr); }, ""},
    {"eq", is_equal, "other"},
    {"equalto", is_equal, "other"},
    {"==", is_equal, "other"},
    {"ne", is_different, "other"},
    {"!=", is_different, "other"},
    {"lt", is_less, "other"},
    {"lessthan", is_less, "other"},
    {"<", is_less, "other"},
    {"le", is_less_or_equal, "other"},
    {"<=", is_less_or_equal, "other"},
    {"gt", is_greater, "other"},
    {"greaterthan", is_greater, "other"},
    {">", is_greater, "other"},
    {"ge", is_greater_or_equal, "other"},
    {">=", is_greater_or_equal, "other"},
};

}  // namespace

std::span<const Builtin> tests() { return kTests; }

}  // namespace samovar::text::jinja
