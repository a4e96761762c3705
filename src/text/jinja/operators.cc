#include "text/jinja/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "text/jinja/print.h"
#include "text/jinja/unicode.h"

namespace samovar::text::jinja {
namespace {

[[noreturn]] void fail_overflow() { fail("a number is out of range"); }

[[noreturn]] void fail_operands(std::string_view op, const Value& a, const Value& b) {
  for (const Value* side : {&a, &b}) {
    if (side->is_undefined() && side->why().why) fail(*side->why().why);
  }
  fail("unsupported operand type(s) for " + std::string(op) + ": '" + std::string(a.type_name()) + "' and '" +
       std::string(b.type_name()) + "'");
}

int64_t floor_div(int64_t a, int64_t b) {
  if (b == 0) fail("integer division or modulo by zero");
  if (a == std::numeric_limits<int64_t>::min() && b == -1) fail_overflow();
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

Value power(int64_t base, int64_t exponent) {
  if (exponent < 0) return Value(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  int64_t result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) fail_overflow();
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) fail_overflow();
  }
  return Value(result);
}

Value integers(std::string_view op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflow = false;
  if (op == "+") overflow = __builtin_add_overflow(a, b, &result);
  if (op == "-") overflow = __builtin_sub_overflow(a, b, &result);
  if (op == "*") overflow = __builtin_mul_overflow(a, b, &result);
  if (overflow) fail_overflow();
  if (op == "//") return Value(floor_div(a, b));
  if (op == "%") return Value(a - floor_div(a, b) * b);
  if (op == "**") return power(a, b);
  if (op != "/") return Value(result);
  if (b == 0) fail("division by zero");
  return Value(static_cast<double>(a) / static_cast<double>(b));
}

Value reals(std::string_view op, double a, double b) {
  if (op == "+") return Value(a + b);
  if (op == "-") return Value(a - b);
  if (op == "*") return Value(a * b);
  if (op == "**") return Value(std::pow(a, b));
  if (b == 0) fail("float division by zero");
  if (op == "/") return Value(a / b);
  if (op == "//") return Value(std::floor(a / b));
  const double rest = std::fmod(a, b);
  return Value(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
}

Value added(const Value& a, const Value& b, Meter& meter) {
  if (a.is_string() && b.is_string()) {
    Text joined;
    joined.add(a.text()).add(b.text());
    meter.text(joined.size());
    return Value(joined.take());
  }
  if (a.is_sequence() && b.is_sequence() && a.is_tuple() == b.is_tuple()) {
    meter.steps(a.items().size() + b.items().size());
    std::vector<Value> items = a.items();
    items.insert(items.end(), b.items().begin(), b.items().end());
    return a.is_tuple() ? Value::tuple(std::move(items)) : Value::list(std::move(items));
  }
  fail_operands("+", a, b);
}

Value repeated(const Value& object, int64_t times, Meter& meter) {
  const size_t n = times > 0 ? static_cast<size_t>(times) : 0;
  if (object.is_string()) {
    Text out;
    out.repeat(object.text(), n);
    meter.text(out.size());
    return Value(out.take());
  }
  std::vector<Value> items;
  if (!object.items().empty()) {
    meter.steps(n > kMaxSteps ? kMaxSteps + 1 : n * object.items().size());
    for (size_t i = 0; i < n; ++i) items.insert(items.end(), object.items().begin(), object.items().end());
  }
  return object.is_tuple() ? Value::tuple(std::move(items)) : Value::list(std::move(items));
}

// A slice bound as an index into `size` elements, between `low` and `high`.
int64_t clamp_bound(const Value& bound, int64_t fallback, int64_t size, int64_t low, int64_t high) {
  if (bound.is_none()) return fallback;
  if (!bound.is_integral()) fail("slice indices must be integers or None");
  const int64_t index = bound.integer() < 0 ? bound.integer() + size : bound.integer();
  return std::clamp(index, low, high);
}

std::vector<size_t> sliced_indices(const SliceBounds& bounds, size_t count) {
  const int64_t size = static_cast<int64_t>(count);
  if (!bounds.step.is_none() && !bounds.step.is_integral()) fail("slice indices must be integers or None");
  const int64_t step = bounds.step.is_none() ? 1 : bounds.step.integer();
  if (step == 0) fail("slice step cannot be zero");
  const int64_t low = step > 0 ? 0 : -1;
  const int64_t high = step > 0 ? size : size - 1;
  const int64_t start = clamp_bound(bounds.start, step > 0 ? low : high, size, low, high);
  const int64_t stop = clamp_bound(bounds.stop, step > 0 ? high : low, size, low, high);
  std::vector<size_t> indices;
  const int64_t stride = std::clamp(step, -size - 1, size + 1);
  for (int64_t i = start; step > 0 ? i < stop : i > stop; i += stride)
    indices.push_back(static_cast<size_t>(i));
  return indices;
}

}  // namespace

Value binary(std::string_view op, const Value& a, const Value& b, Meter& meter) {
  if (a.is_integral() && b.is_integral()) return integers(op, a.integer(), b.integer());
  if (a.is_number() && b.is_number()) return reals(op, a.number(), b.number());
  if (op == "+") return added(a, b, meter);
  if (op == "*") {
    if ((a.is_string() || a.is_sequence()) && b.is_integral()) return repeated(a, b.integer(), meter);
    if ((b.is_string() || b.is_sequence()) && a.is_integral()) return repeated(b, a.integer(), meter);
  }
  if (op == "%" && a.is_string()) {
    std::string formatted = percent_format(a.text(), b);
    meter.text(formatted.size());
    return Value(std::move(formatted));
  }
  fail_operands(op, a, b);
}

Value negate(const Value& value) {
  if (value.is_float()) return Value(-value.number());
  if (!value.is_integral()) {
    if (value.is_undefined() && value.why().why) fail(*value.why().why);
    fail("bad operand type for unary -: '" + std::string(value.type_name()) + "'");
  }
  if (value.integer() == std::numeric_limits<int64_t>::min()) fail_overflow();
  return Value(-value.integer());
}

bool is_in(const Value& needle, const Value& haystack, Meter& meter) {
  if (haystack.is_string()) {
    if (!needle.is_string()) {
      fail("'in <string>' requires string as left operand, not " + std::string(needle.type_name()));
    }
    meter.steps(haystack.text().size() / 64);
    return find_first(haystack.text(), needle.text()).has_value();
  }
  if (haystack.is_dict() || haystack.is_namespace()) return haystack.dict().find(needle, meter) != nullptr;
  if (haystack.is_undefined()) return false;
  if (!haystack.is_sequence()) {
    fail("argument of type '" + std::string(haystack.type_name()) + "' is not iterable");
  }
  const auto& items = haystack.items();
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& item) { return equal(item, needle, meter); });
}

Value slice(const Value& object, const SliceBounds& bounds, Meter& meter) {
  if (object.is_string()) {
    const std::vector<std::string_view> all = characters(object.text());
    meter.steps(all.size() / 16);
    std::string out;
    for (const size_t i : sliced_indices(bounds, all.size())) out += all[i];
    meter.text(out.size());
    return Value(std::move(out));
  }
  if (!object.is_sequence()) fail("'" + std::string(object.type_name()) + "' object is not subscriptable");
  std::vector<Value> items;
  for (const size_t i : sliced_indices(bounds, object.items().size())) items.push_back(object.items()[i]);
  meter.steps(items.size());
  return object.is_tuple() ? Value::tuple(std::move(items)) : Value::list(std::move(items));
}

}  // namespace samovar::text::jinja
