#include "sampling/grammar/schema_merge.h"

#include <algorithm>

#include "sampling/grammar/numbers.h"

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxCombinations = 256;

Json both(const Json& a, const Json& b) {
  Json out = make_object();
  set_member(out, "allOf", make_array({a, b}));
  return out;
}

Error cannot(std::string_view keyword) {
  return {Code::kUnsupported, "two schemas that both have '" + std::string(keyword) + "' cannot be combined"};
}

// The smaller or larger number; values that are no numbers are left for the compiler to refuse.
Json pick_number(const Json& a, const Json& b, bool larger) {
  const auto x = Limit::parse(a.raw, false);
  const auto y = Limit::parse(b.raw, false);
  if (a.kind != Json::Kind::kNumber || b.kind != Json::Kind::kNumber || !x || !y) return a;
  return (compare(*x, *y) > 0) == larger ? a : b;
}

Json merge_types(const Json& a, const Json& b) {
  Json left = make_object();
  Json right = make_object();
  set_member(left, "type", a);
  set_member(right, "type", b);
  const auto ours = read_types(left);
  const auto theirs = read_types(right);
  const auto has = [](const std::vector<std::string>& list, std::string_view type) {
    return std::find(list.begin(), list.end(), type) != list.end();
  };
  std::vector<Json> out;
  for (const std::string& type : ours) {
    if (has(theirs, type) || (type == "integer" && has(theirs, "number"))) out.push_back(make_text(type));
  }
  for (const std::string& type : theirs) {
    if (type == "integer" && has(ours, "number") && !has(ours, "integer")) out.push_back(make_text(type));
  }
  return make_array(std::move(out));
}

Json merge_values(const Json& a, const Json& b) {
  std::vector<Json> out;
  for (const Json& x : a.items) {
    const bool in_both = std::any_of(b.items.begin(), b.items.end(),
                                     [&](const Json& y) { return write_json(x) == write_json(y); });
    if (in_both) out.push_back(x);
  }
  return make_array(std::move(out));
}

Result<Json> merge_choices(const Json& a, const Json& b) {
  if (a.items.size() * b.items.size() > kMaxCombinations) return cannot("anyOf");
  std::vector<Json> out;
  for (const Json& x : a.items) {
    for (const Json& y : b.items) out.push_back(both(x, y));
  }
  return make_array(std::move(out));
}

// Properties that `from` alone names must also be what the other schema asks of names it does not know.
void add_properties(Json& out, const Json& from, const Json& other) {
  const Json* properties = find_member(from, "properties");
  if (properties == nullptr) return;
  const Json* theirs = find_member(other, "properties");
  const Json* additional = find_member(other, "additionalProperties");
  for (const Json& property : properties->items) {
    if (find_member(out, property.key) != nullptr) continue;
    const Json* there = theirs == nullptr ? additional : find_member(*theirs, property.key);
    if (there == nullptr) there = additional;
    set_member(out, property.key, there == nullptr || is_true(there) ? property : both(property, *there));
  }
}

// `items` is about the elements behind its own schema's prefixItems: beside a schema with some that are not
// its own, it is about those, too.
void spread_items(Json& out, const Json& with_first, const Json& with_items) {
  const Json* first = find_member(with_first, "prefixItems");
  const Json* items = find_member(with_items, "items");
  if (first == nullptr || items == nullptr || find_member(with_items, "prefixItems") != nullptr) return;
  std::vector<Json> elements;
  for (const Json& element : first->items) elements.push_back(both(element, *items));
  set_member(out, "prefixItems", make_array(std::move(elements)));
}

bool has_tuple(const Json& schema) {
  const Json* items = find_member(schema, "items");
  return items != nullptr && items->kind == Json::Kind::kArray;
}

Json unite_names(const Json& a, const Json& b) {
  Json out = make_array(a.items);
  for (const Json& name : b.items) {
    const bool known =
        std::any_of(out.items.begin(), out.items.end(), [&](const Json& x) { return x.text == name.text; });
    if (!known) out.items.push_back(name);
  }
  return out;
}

// `key` is in both and differs.
Result<Json> merge_member(const std::string& key, const Json& a, const Json& b) {
  if (key == "type") return merge_types(a, b);
  if (key == "enum") return merge_values(a, b);
  if (key == "anyOf") return merge_choices(a, b);
  if (key == "required") return unite_names(a, b);
  if (key == "items" || key == "additionalProperties") {
    if (a.kind == Json::Kind::kArray || b.kind == Json::Kind::kArray) return cannot(key);
    return both(a, b);
  }
  if (key == "allOf") {
    std::vector<Json> all = a.items;
    all.insert(all.end(), b.items.begin(), b.items.end());
    return make_array(std::move(all));
  }
  for (const char* word : {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}) {
    if (key == word) return pick_number(a, b, true);
  }
  for (const char* word : {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}) {
    if (key == word) return pick_number(a, b, false);
  }
  return cannot(key);
}

// const as an enum of one, so that values can be compared.
Json with_enum(const Json& schema) {
  Json out = schema;
  const Json* only = find_member(schema, "const");
  if (only == nullptr) return out;
  const Json value = *only;
  drop_member(out, "const");
  set_member(out, "enum", make_array({value}));
  return out;
}

}  // namespace

Result<Json> merge_schemas(const Json& a, const Json& b) {
  if (is_true(&a)) return b;
  if (is_true(&b)) return a;
  if (a.kind != Json::Kind::kObject || b.kind != Json::Kind::kObject) return make_bool(false);
  Json out = with_enum(a);
  const Json left = out;
  const Json right = with_enum(b);
  Json properties = make_object();
  add_properties(properties, left, right);
  add_properties(properties, right, left);
  if (!properties.items.empty()) set_member(out, "properties", std::move(properties));
  for (const char* word : {"prefixItems", "items", "additionalItems"}) {
    const bool mixed = (has_tuple(left) && find_member(right, word) != nullptr) ||
                       (has_tuple(right) && find_member(left, word) != nullptr);
    if (mixed) return cannot("items");
  }
  const bool closes = find_member(left, "unevaluatedProperties") != nullptr ||
                      find_member(right, "unevaluatedProperties") != nullptr;
  if (closes)
    return Error{Code::kUnsupported, "'unevaluatedProperties' is not supported in a part of a schema"};
  for (const Json& member : right.items) {
    if (member.key == "properties" || is_annotation(member.key)) continue;
    if (member.key == "prefixItems" && find_member(left, member.key) == nullptr) continue;
    const Json* ours = find_member(left, member.key);
    if (ours == nullptr) {
      set_member(out, member.key, member);
    } else if (write_json(*ours) != write_json(member)) {
      if (member.key == "$ref") {
        // One reference each: the second goes on as a part of its own.
        Json part = make_object();
        set_member(part, "$ref", member);
        const Json* all = find_member(out, "allOf");
        std::vector<Json> parts = all == nullptr ? std::vector<Json>{} : all->items;
        parts.push_back(std::move(part));
        set_member(out, "allOf", make_array(std::move(parts)));
        continue;
      }
      auto merged = merge_member(member.key, *ours, member);
      if (!merged) return merged.error();
      set_member(out, member.key, std::move(*merged));
    }
  }
  if (find_member(left, "prefixItems") == nullptr && find_member(right, "prefixItems") != nullptr) {
    set_member(out, "prefixItems", *find_member(right, "prefixItems"));
  }
  spread_items(out, left, right);
  spread_items(out, right, left);
  return out;
}

}  // namespace samovar::sampling::grammar
