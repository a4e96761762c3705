// Values of Go templates, with Go's printed forms.
// Immutable; nesting is bounded by the JSON that they come from.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "text/template_meter.h"

namespace samovar::text::go_template {

class Value;
struct List;
struct Map;
struct Record;

class Value {
 public:
  Value() = default;                      // nil
  Value(bool value) : data_(value) {}     // NOLINT: implicit
  Value(int64_t value) : data_(value) {}  // NOLINT: implicit
  Value(double value) : data_(value) {}   // NOLINT: implicit
  Value(std::string text)
      : data_(std::make_shared<const std::string>(std::move(text))) {}  // NOLINT: implicit
  Value(const char* text) : Value(std::string(text)) {}                 // NOLINT: implicit
  Value(std::shared_ptr<List> list) : data_(std::move(list)) {}         // NOLINT: implicit
  Value(std::shared_ptr<Map> map) : data_(std::move(map)) {}            // NOLINT: implicit
  Value(std::shared_ptr<Record> record) : data_(std::move(record)) {}   // NOLINT: implicit

  [[nodiscard]] bool is_nil() const { return data_.index() == 0; }
  [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(data_); }
  [[nodiscard]] bool is_int() const { return std::holds_alternative<int64_t>(data_); }
  [[nodiscard]] bool is_float() const { return std::holds_alternative<double>(data_); }
  [[nodiscard]] bool is_string() const {
    return std::holds_alternative<std::shared_ptr<const std::string>>(data_);
  }
  [[nodiscard]] bool is_list() const { return std::holds_alternative<std::shared_ptr<List>>(data_); }
  [[nodiscard]] bool is_map() const { return std::holds_alternative<std::shared_ptr<Map>>(data_); }
  [[nodiscard]] bool is_record() const { return std::holds_alternative<std::shared_ptr<Record>>(data_); }

  // Each requires the matching is_...().
  [[nodiscard]] bool boolean() const { return std::get<bool>(data_); }
  [[nodiscard]] int64_t integer() const { return std::get<int64_t>(data_); }
  [[nodiscard]] double real() const { return std::get<double>(data_); }
  [[nodiscard]] const std::string& text() const {
    return *std::get<std::shared_ptr<const std::string>>(data_);
  }
  [[nodiscard]] const List& list() const { return *std::get<std::shared_ptr<List>>(data_); }
  [[nodiscard]] const Map& map() const { return *std::get<std::shared_ptr<Map>>(data_); }
  [[nodiscard]] const Record& record() const { return *std::get<std::shared_ptr<Record>>(data_); }

  [[nodiscard]] bool truthy() const;
  [[nodiscard]] std::string_view kind_name() const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::shared_ptr<const std::string>,
               std::shared_ptr<List>, std::shared_ptr<Map>, std::shared_ptr<Record>>
      data_;
};

// How {{ value }} prints it: Go's default form, or JSON (Ollama gives some types a String method).
enum class Shown { kPlain, kJson };

struct List {
  std::vector<Value> items;
  Shown shown = Shown::kPlain;
  bool is_null = false;      // a Go slice that was never made: "null" in JSON
  bool one_as_item = false;  // a JSON schema's "type": a list of one prints and marshals as that one
};

struct Map {
  std::map<std::string, Value, std::less<>> items;  // Go walks maps in the order of their keys
  Shown shown = Shown::kPlain;
};

struct Field {
  std::string name;
  std::string json_name;
  bool omit_empty = false;
  Value value;
};

// A Go struct.
struct Record {
  std::vector<Field> fields;
  Shown shown = Shown::kPlain;
  bool is_tool_property = false;

  [[nodiscard]] const Value* find(std::string_view name) const;
};

// What {{ value }} prints; "<no value>" for nil.
[[nodiscard]] std::string to_text(const Value& value);
// As inside of lists and structs: "<nil>" for nil.
[[nodiscard]] std::string to_inner_text(const Value& value);
// As Go's json.Marshal: keys of maps sorted, < > & escaped.
[[nodiscard]] std::string to_json(const Value& value);
// A Go-quoted string, as %q.
[[nodiscard]] std::string quoted(std::string_view text);

// Go's ==, looking through user-text marks. Fails for kinds that cannot be compared.
[[nodiscard]] bool equal(const Value& a, const Value& b);
// Go's order of numbers and strings. Fails for others.
[[nodiscard]] bool less(const Value& a, const Value& b);

}  // namespace samovar::text::go_template
