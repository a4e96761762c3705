// Values of the template language, with Python's types and meaning.
// Strings, lists and dicts are shared and never change once made; only a Namespace does.
// Nesting of values is at most kMaxNesting, so walks and destructors may recurse.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "text/template_meter.h"

namespace samovar::text::jinja {

class Value;
struct List;
class Dict;
struct Function;
struct Loop;

struct Undefined {
  std::shared_ptr<const std::string> why;  // "'x' is undefined"; may be null
};
struct None {};

class Value {
 public:
  Value() = default;                      // undefined
  Value(None) : data_(None{}) {}          // NOLINT: implicit on purpose, here and below
  Value(bool value) : data_(value) {}     // NOLINT
  Value(int64_t value) : data_(value) {}  // NOLINT
  Value(double value) : data_(value) {}   // NOLINT
  Value(std::string text) : data_(std::make_shared<const std::string>(std::move(text))) {}  // NOLINT
  Value(const char* text) : Value(std::string(text)) {}                                     // NOLINT
  Value(std::string_view text) : Value(std::string(text)) {}                                // NOLINT
  Value(std::shared_ptr<List> list) : data_(std::move(list)) {}                             // NOLINT
  Value(std::shared_ptr<Dict> dict) : data_(std::move(dict)) {}                             // NOLINT
  Value(std::shared_ptr<Function> function) : data_(std::move(function)) {}                 // NOLINT
  Value(std::shared_ptr<Loop> loop) : data_(std::move(loop)) {}                             // NOLINT

  static Value undefined(std::string why);
  // A list or a tuple. Fails when nested deeper than kMaxNesting.
  static Value list(std::vector<Value> items);
  static Value tuple(std::vector<Value> items);

  [[nodiscard]] bool is_undefined() const { return std::holds_alternative<Undefined>(data_); }
  [[nodiscard]] bool is_none() const { return std::holds_alternative<None>(data_); }
  [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(data_); }
  [[nodiscard]] bool is_int() const { return std::holds_alternative<int64_t>(data_); }
  [[nodiscard]] bool is_float() const { return std::holds_alternative<double>(data_); }
  [[nodiscard]] bool is_integral() const { return is_int() || is_bool(); }
  [[nodiscard]] bool is_number() const { return is_integral() || is_float(); }
  [[nodiscard]] bool is_string() const { return std::holds_alternative<String>(data_); }
  [[nodiscard]] bool is_sequence() const { return std::holds_alternative<std::shared_ptr<List>>(data_); }
  [[nodiscard]] bool is_tuple() const;
  [[nodiscard]] bool is_dict() const;  // a mapping; not a namespace
  [[nodiscard]] bool is_namespace() const;
  [[nodiscard]] bool is_function() const { return std::holds_alternative<std::shared_ptr<Function>>(data_); }
  [[nodiscard]] bool is_loop() const { return std::holds_alternative<std::shared_ptr<Loop>>(data_); }

  // Each requires the matching is_...().
  [[nodiscard]] const Undefined& why() const { return std::get<Undefined>(data_); }
  [[nodiscard]] int64_t integer() const;  // is_integral()
  [[nodiscard]] double number() const;    // is_number()
  [[nodiscard]] const std::string& text() const { return *std::get<String>(data_); }
  [[nodiscard]] const std::vector<Value>& items() const;
  [[nodiscard]] const Dict& dict() const { return *std::get<std::shared_ptr<Dict>>(data_); }
  [[nodiscard]] Dict& dict() { return *std::get<std::shared_ptr<Dict>>(data_); }  // to change a namespace
  [[nodiscard]] const std::shared_ptr<Function>& function() const {
    return std::get<std::shared_ptr<Function>>(data_);
  }
  [[nodiscard]] const std::shared_ptr<Loop>& loop() const { return std::get<std::shared_ptr<Loop>>(data_); }

  [[nodiscard]] bool truthy() const;
  [[nodiscard]] int depth() const;                   // 0 for plain values
  [[nodiscard]] const void* identity() const;        // null for plain values
  [[nodiscard]] std::string_view type_name() const;  // Python's: "str", "list", "NoneType"

 private:
  using String = std::shared_ptr<const std::string>;
  std::variant<Undefined, None, bool, int64_t, double, String, std::shared_ptr<List>, std::shared_ptr<Dict>,
               std::shared_ptr<Function>, std::shared_ptr<Loop>>
      data_;
};

struct List {
  std::vector<Value> items;
  bool is_tuple = false;
  int depth = 1;
};

// A dict in insertion order, or a namespace.
class Dict {
 public:
  enum class Kind { kMapping, kNamespace };
  explicit Dict(Kind kind = Kind::kMapping) : kind_(kind) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] int depth() const { return depth_; }
  [[nodiscard]] const std::vector<std::pair<Value, Value>>& items() const { return items_; }
  [[nodiscard]] const Value* find(std::string_view key) const;
  // Any hashable key; fails for lists and dicts as Python does.
  [[nodiscard]] const Value* find(const Value& key, Meter& meter) const;
  void set(std::string key, Value value);
  void set(const Value& key, Value value, Meter& meter);
  void clear();

 private:
  void insert(const Value& key, Value value);
  void replace(size_t index, Value value);

  Kind kind_;
  int depth_ = 1;
  std::vector<std::pair<Value, Value>> items_;
  std::unordered_map<std::string, size_t> index_;  // string keys, unmarked
};

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

class Interpreter;

// A macro, a method bound to its object, a global function.
struct Function {
  std::string name;
  std::function<Value(Interpreter&, Arguments&)> call;
  int depth = 1;
  std::vector<std::pair<std::string, Value>> attributes;  // macros: name, arguments, ...
};

// The `loop` variable.
struct Loop {
  std::vector<Value> items;
  size_t index0 = 0;
  int level = 1;  // loop.depth
  int depth = 1;
  Value changed;  // what loop.changed() saw last; undefined at first
  std::function<Value(Interpreter&, const Value&)> recurse;  // set for recursive loops
};

// Python's ==, with marked text equal to what it stands for.
[[nodiscard]] bool equal(const Value& a, const Value& b, Meter& meter);

// Python's order: negative, 0, positive. Fails for types without one.
[[nodiscard]] int compare(const Value& a, const Value& b, Meter& meter);

// The elements a for loop would see: of lists, dict keys, characters; nothing for undefined. Fails otherwise.
[[nodiscard]] std::vector<Value> elements(const Value& value, Meter& meter);

}  // namespace samovar::text::jinja
