#include "text/jinja/builtins.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "text/jinja/print.h"

namespace samovar::text::jinja {
namespace {

using Table = std::unordered_map<std::string_view, Builtin>;

Table make_table(std::initializer_list<std::span<const Builtin>> parts) {
  Table table;
  for (const auto& part : parts) {
    for (const Builtin& builtin : part) table.emplace(builtin.name, builtin);
  }
  return table;
}

const Builtin* find_in(const Table& table, std::string_view name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

std::vector<std::string_view> parameter_names(std::string_view list) {
  std::vector<std::string_view> names;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    names.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

std::vector<std::optional<Value>> bind(const Builtin& builtin, Arguments& args) {
  const std::vector<std::string_view> names = parameter_names(builtin.parameters);
  std::vector<std::optional<Value>> slots(names.size());
  if (args.positional.size() > names.size()) {
    fail(std::string(builtin.name) + "() takes at most " + std::to_string(names.size()) + " arguments, " +
         std::to_string(args.positional.size()) + " are given");
  }
  for (size_t i = 0; i < args.positional.size(); ++i) slots[i] = std::move(args.positional[i]);
  for (auto& [name, value] : args.named) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) fail(std::string(builtin.name) + "() has no argument '" + name + "'");
    slots[static_cast<size_t>(found - names.begin())] = std::move(value);
  }
  return slots;
}

}  // namespace

const Value& Call::at(size_t i) const {
  if (!given(i)) fail(std::string(name) + "() needs " + std::to_string(i + 1) + " or more arguments");
  return *slots[i];
}

Value Call::value(size_t i, Value fallback) const { return given(i) ? *slots[i] : std::move(fallback); }

int64_t Call::integer(size_t i, int64_t fallback) const {
  if (!given(i)) return fallback;
  if (!slots[i]->is_integral()) {
    fail(std::string(name) + "() needs an integer, not '" + std::string(slots[i]->type_name()) + "'");
  }
  return slots[i]->integer();
}

std::string Call::string(size_t i, std::string_view fallback) const {
  return given(i) ? to_text(*slots[i]) : std::string(fallback);
}

bool Call::flag(size_t i, bool fallback) const { return given(i) ? slots[i]->truthy() : fallback; }

std::vector<Value> Call::elements_of_self() const { return elements(self, run.meter()); }

const Builtin* find_filter(std::string_view name) {
  static const Table kTable = make_table({text_filters(), sequence_filters()});
  return find_in(kTable, name);
}

const Builtin* find_test(std::string_view name) {
  static const Table kTable = make_table({tests()});
  return find_in(kTable, name);
}

const Builtin* find_global(std::string_view name) {
  static const Table kTable = make_table({globals()});
  return find_in(kTable, name);
}

const Builtin* find_method(const Value& object, std::string_view name) {
  static const Table kString = make_table({string_methods()});
  static const Table kDict = make_table({dict_methods()});
  static const Table kList = make_table({list_methods()});
  if (object.is_string()) return find_in(kString, name);
  if (object.is_dict()) return find_in(kDict, name);
  return object.is_sequence() ? find_in(kList, name) : nullptr;
}

Value invoke(const Builtin& builtin, Interpreter& run, Value self, Arguments args) {
  Call call{run, builtin.name, std::move(self), {}, {}};
  if (builtin.parameters == "*") {
    call.rest = std::move(args);
  } else {
    call.slots = bind(builtin, args);
  }
  return builtin.run(call);
}

Value bound(const Builtin& builtin, Value self) {
  auto function = std::make_shared<Function>();
  function->name = builtin.name;
  function->depth = self.depth() + 1;
  if (function->depth > kMaxNesting) fail("a value is nested deeper than 200 levels");
  function->call = [&builtin, self = std::move(self)](Interpreter& run, Arguments& args) {
    return invoke(builtin, run, self, std::move(args));
  };
  return Value(std::move(function));
}

Value follow_path(Interpreter& run, const Value& object, const Value& path, const Value* fallback) {
  const auto step = [&](const Value& from, const Value& key) {
    Value found = run.item(from, key);
    return found.is_undefined() && fallback != nullptr ? *fallback : found;
  };
  if (!path.is_string()) return step(object, path);
  Value value = object;
  std::string_view rest = path.text();
  while (true) {
    const size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view part = rest.substr(0, dot);
    int64_t index = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool is_index = !part.empty() && parsed.ptr == part.data() + part.size() && part[0] != '-';
    value = step(value, is_index ? Value(index) : Value(part));
    if (dot == rest.size()) return value;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace samovar::text::jinja
