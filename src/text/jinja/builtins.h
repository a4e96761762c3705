// Filters, tests, methods and global functions, found by name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/interpreter.h"

namespace samovar::text::jinja {

// One call of a builtin: `self` is what the filter, test or method is applied to.
struct Call {
  Interpreter& run;
  std::string_view name;
  Value self;
  std::vector<std::optional<Value>> slots;  // by the order of Builtin::parameters
  Arguments rest;                           // variadic builtins: all arguments

  [[nodiscard]] bool given(size_t i) const { return i < slots.size() && slots[i].has_value(); }
  [[nodiscard]] const Value& at(size_t i) const;  // fails when absent
  [[nodiscard]] Value value(size_t i, Value fallback) const;
  [[nodiscard]] int64_t integer(size_t i, int64_t fallback) const;
  [[nodiscard]] std::string string(size_t i, std::string_view fallback) const;
  [[nodiscard]] bool flag(size_t i, bool fallback) const;
  [[nodiscard]] std::vector<Value> elements_of_self() const;
};

struct Builtin {
  std::string_view name;
  Value (*run)(Call&);
  std::string_view parameters;  // "width,first,blank"; "*": variadic
};

[[nodiscard]] const Builtin* find_filter(std::string_view name);
[[nodiscard]] const Builtin* find_test(std::string_view name);
[[nodiscard]] const Builtin* find_global(std::string_view name);
// A method of strings, dicts or lists.
[[nodiscard]] const Builtin* find_method(const Value& object, std::string_view name);

[[nodiscard]] Value invoke(const Builtin& builtin, Interpreter& run, Value self, Arguments args);
// The builtin as a value that can be called, `self` being kept.
[[nodiscard]] Value bound(const Builtin& builtin, Value self);

// The tables, one per file.
[[nodiscard]] std::span<const Builtin> text_filters();
[[nodiscard]] std::span<const Builtin> sequence_filters();
[[nodiscard]] std::span<const Builtin> tests();
[[nodiscard]] std::span<const Builtin> globals();
[[nodiscard]] std::span<const Builtin> string_methods();
[[nodiscard]] std::span<const Builtin> dict_methods();
[[nodiscard]] std::span<const Builtin> list_methods();

// An attribute path like "function.name" or an index, as map(attribute=...) takes it. `fallback`, unless
// null, stands in for every part that is not there.
[[nodiscard]] Value follow_path(Interpreter& run, const Value& object, const Value& path,
                                const Value* fallback = nullptr);

}  // namespace samovar::text::jinja
