#include "sampling/grammar/schema_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "sampling/grammar/json_pieces.h"

namespace samovar::sampling::grammar {
namespace {

constexpr std::array<std::string_view, 7> kAllTypes = {"null",   "boolean", "integer", "number",
                                                       "string", "array",   "object"};
constexpr int kMaxCompared = 8;

bool types_overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto is_number = [](std::string_view type) { return type == "integer" || type == "number"; };
  for (const std::string& x : a) {
    for (const std::string& y : b) {
      if (x == y || (is_number(x) && is_number(y))) return true;
    }
  }
  return false;
}

// Of values whose equality is that of their texts.
bool is_exact(const Json& value) {
  return value.kind != Json::Kind::kNumber && value.kind != Json::Kind::kObject &&
         value.kind != Json::Kind::kArray;
}

bool values_disjoint(const Json& a, const Json& b) {
  const auto of_a = list_values(a);
  const auto of_b = list_values(b);
  if (!of_a || !of_b) return false;
  // Numbers have many spellings, objects many orders.
  std::set<std::string> texts;
  for (const Json* x : *of_a) texts.insert(is_exact(*x) ? write_json(*x) : std::string());
  return std::none_of(of_b->begin(), of_b->end(), [&](const Json* y) {
    return is_exact(*y) ? texts.count(write_json(*y)) > 0 : texts.count("") > 0;
  });
}

// Whether documents made for the object schema `made` can have the property.
bool may_have(const Json& made, std::string_view property) {
  const Json* properties = find_member(made, "properties");
  const Json* additional = find_member(made, "additionalProperties");
  if (properties != nullptr && find_member(*properties, property) != nullptr) return true;
  for (const char* word : {"$ref", "allOf", "anyOf", "oneOf"}) {
    if (find_member(made, word) != nullptr) return true;
  }
  const bool open = additional == nullptr ? properties == nullptr : !is_false(additional);
  return open || is_required(made, property);
}

bool objects_exclude(const Json& made, const Json& other, int depth) {
  const Json* required = find_member(other, "required");
  if (required != nullptr) {
    for (const Json& name : required->items) {
      if (!may_have(made, name.text)) return true;
    }
  }
  required = find_member(made, "required");
  const Json* ours = find_member(made, "properties");
  const Json* theirs = find_member(other, "properties");
  if (required == nullptr) return false;
  for (const Json& name : required->items) {
    const Json* here = ours == nullptr ? nullptr : find_member(*ours, name.text);
    const Json* there = theirs == nullptr ? nullptr : find_member(*theirs, name.text);
    if (there == nullptr && is_false(find_member(other, "additionalProperties"))) return true;
    if (here != nullptr && there != nullptr && excludes(*here, *there, depth + 1)) return true;
  }
  return false;
}

}  // namespace

const Json* find_member(const Json& schema, std::string_view name) {
  return schema.kind == Json::Kind::kObject ? schema.member(name) : nullptr;
}

bool is_true(const Json* value) {
  return value != nullptr && value->kind == Json::Kind::kBool && value->boolean;
}
bool is_false(const Json* value) {
  return value != nullptr && value->kind == Json::Kind::kBool && !value->boolean;
}

std::string write_json(const Json& value) {
  std::string out;
  switch (value.kind) {
    case Json::Kind::kNull:
      return "null";
    case Json::Kind::kBool:
      return value.boolean ? "true" : "false";
    case Json::Kind::kNumber:
      return std::string(value.raw);
    case Json::Kind::kString:
      return to_json_literal(value.text);
    case Json::Kind::kArray:
      for (const Json& item : value.items) out += (out.empty() ? "[" : ",") + write_json(item);
      return out.empty() ? "[]" : out + "]";
    case Json::Kind::kObject:
      for (const Json& item : value.items) {
        out += (out.empty() ? "{" : ",") + to_json_literal(item.key) + ":" + write_json(item);
      }
      return out.empty() ? "{}" : out + "}";
  }
  return out;
}

Json make_bool(bool value) {
  Json out;
  out.kind = Json::Kind::kBool;
  out.boolean = value;
  return out;
}

Json make_object() {
  Json out;
  out.kind = Json::Kind::kObject;
  return out;
}

Json make_array(std::vector<Json> items) {
  Json out;
  out.kind = Json::Kind::kArray;
  out.items = std::move(items);
  return out;
}

Json make_text(std::string text) {
  Json out;
  out.kind = Json::Kind::kString;
  out.text = std::move(text);
  return out;
}

void set_member(Json& object, std::string_view name, Json value) {
  value.key = name;
  for (Json& member : object.items) {
    if (member.key == name) {
      member = std::move(value);
      return;
    }
  }
  object.items.push_back(std::move(value));
}

void drop_member(Json& object, std::string_view name) {
  std::erase_if(object.items, [name](const Json& member) { return member.key == name; });
}

std::optional<int64_t> read_count(const Json& value) {
  if (value.kind != Json::Kind::kNumber) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(value.raw.data(), value.raw.data() + value.raw.size(), number);
  if (error != std::errc() || number < 0 || number != std::floor(number)) return std::nullopt;
  constexpr double kMost = 1e15;
  return static_cast<int64_t>(std::min(number, kMost));
}

bool is_annotation(std::string_view keyword) {
  // Everything that is not in this list; JSON Schema lets a schema carry any other word.
  constexpr auto kAssertions = std::to_array<std::string_view>({"$ref",
                                                                "$dynamicRef",
                                                                "$recursiveRef",
                                                                "type",
                                                                "enum",
                                                                "const",
                                                                "allOf",
                                                                "anyOf",
                                                                "oneOf",
                                                                "not",
                                                                "if",
                                                                "properties",
                                                                "required",
                                                                "minProperties",
                                                                "maxProperties",
                                                                "items",
                                                                "prefixItems",
                                                                "additionalItems",
                                                                "minItems",
                                                                "maxItems",
                                                                "uniqueItems",
                                                                "contains",
                                                                "minLength",
                                                                "maxLength",
                                                                "pattern",
                                                                "format",
                                                                "minimum",
                                                                "maximum",
                                                                "multipleOf",
                                                                "exclusiveMinimum",
                                                                "minContains",
                                                                "maxContains",
                                                                "exclusiveMaximum",
                                                                "propertyNames",
                                                                "additionalProperties",
                                                                "dependencies",
                                                                "patternProperties",
                                                                "dependentRequired",
                                                                "dependentSchemas",
                                                                "unevaluatedItems",
                                                                "unevaluatedProperties"});
  return std::find(kAssertions.begin(), kAssertions.end(), keyword) == kAssertions.end();
}

std::vector<std::string> read_types(const Json& schema) {
  std::vector<std::string> out;
  const Json* type = find_member(schema, "type");
  if (type != nullptr && type->kind == Json::Kind::kString) return {type->text};
  if (type != nullptr) {
    for (const Json& item : type->items) out.push_back(item.text);
    return out;
  }
  const auto values = list_values(schema);
  for (const std::string_view known : kAllTypes) {
    const bool used = !values || std::any_of(values->begin(), values->end(),
                                             [&](const Json* value) { return is_of_type(*value, known); });
    if (used) out.emplace_back(known);
  }
  return out;
}

std::vector<std::string> infer_types(const Json& schema) {
  if (find_member(schema, "type") != nullptr || list_values(schema)) return read_types(schema);
  const auto has_any = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return find_member(schema, word) != nullptr; });
  };
  if (has_any({"properties", "required", "additionalProperties", "minProperties", "maxProperties"}))
    return {"object"};
  if (has_any({"items", "prefixItems", "minItems", "maxItems"})) return {"array"};
  if (has_any({"pattern", "minLength", "maxLength", "format"})) return {"string"};
  if (has_any({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}))
    return {"number"};
  return read_types(schema);
}

std::optional<std::vector<const Json*>> list_values(const Json& schema) {
  if (const Json* only = find_member(schema, "const")) return std::vector<const Json*>{only};
  const Json* list = find_member(schema, "enum");
  if (list == nullptr || list->kind != Json::Kind::kArray) return std::nullopt;
  std::vector<const Json*> out;
  for (const Json& value : list->items) out.push_back(&value);
  return out;
}

bool is_required(const Json& schema, std::string_view property) {
  const Json* required = find_member(schema, "required");
  return required != nullptr && std::any_of(required->items.begin(), required->items.end(),
                                            [&](const Json& name) { return name.text == property; });
}

bool is_of_type(const Json& value, std::string_view type) {
  switch (value.kind) {
    case Json::Kind::kNull:
      return type == "null";
    case Json::Kind::kBool:
      return type == "boolean";
    case Json::Kind::kString:
      return type == "string";
    case Json::Kind::kArray:
      return type == "array";
    case Json::Kind::kObject:
      return type == "object";
    case Json::Kind::kNumber:
      break;
  }
  if (type == "number") return true;
  double number = 0;
  std::from_chars(value.raw.data(), value.raw.data() + value.raw.size(), number);
  return type == "integer" && number == std::floor(number);
}

bool excludes(const Json& made, const Json& other, int depth) {
  if (depth > kMaxCompared) return false;
  if (made.kind != Json::Kind::kObject || other.kind != Json::Kind::kObject)
    return is_false(&made) || is_false(&other);
  const std::vector<std::string> ours = infer_types(made);
  if (!types_overlap(ours, read_types(other)) || values_disjoint(made, other)) return true;
  return ours == std::vector<std::string>{"object"} && objects_exclude(made, other, depth);
}

}  // namespace samovar::sampling::grammar
