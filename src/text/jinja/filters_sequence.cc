// Filters that look into lists and dicts.
#include <algorithm>

#include "text/jinja/builtins.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/unicode.h"

namespace samovar::text::jinja {
namespace {

Value length(Call& call) {
  const Value& self = call.self;
  if (self.is_string()) return Value(static_cast<int64_t>(count_characters(self.text())));
  if (self.is_sequence()) return Value(static_cast<int64_t>(self.items().size()));
  if (self.is_dict()) return Value(static_cast<int64_t>(self.dict().items().size()));
  if (self.is_undefined()) return Value(int64_t{0});
  fail("object of type '" + std::string(self.type_name()) + "' has no len()");
}

// Items of `self`, or of the attribute of each that the filter's attribute argument names.
Value key_of(Call& call, const Value& item, size_t attribute_slot) {
  const bool by_attribute = call.given(attribute_slot) && !call.at(attribute_slot).is_none();
  return by_attribute ? follow_path(call.run, item, call.at(attribute_slot)) : item;
}

Value without_case(const Value& value) { return value.is_string() ? Value(to_lower(value.text())) : value; }

Value join(Call& call) {
  const std::string separator = call.string(0, "");
  Text out;
  bool first = true;
  for (const Value& item : call.elements_of_self()) {
    if (!std::exchange(first, false)) out.add(separator);
    out.add(to_text(key_of(call, item, 1)));
  }
  return call.run.text(out.take());
}

Value first(Call& call) {
  const std::vector<Value> items = call.elements_of_self();
  return items.empty() ? Value::undefined("No first item, sequence was empty.") : items.front();
}

Value last(Call& call) {
  const std::vector<Value> items = call.elements_of_self();
  return items.empty() ? Value::undefined("No last item, sequence was empty.") : items.back();
}

Value list(Call& call) { return Value::list(call.elements_of_self()); }

Value reverse(Call& call) {
  if (call.self.is_string()) {
    SliceBounds bounds{Value(None{}), Value(None{}), Value(int64_t{-1})};
    return slice(call.self, bounds, call.run.meter());
  }
  std::vector<Value> items = call.elements_of_self();
  std::reverse(items.begin(), items.end());
  return Value::list(std::move(items));
}

Value items(Call& call) {
  if (call.self.is_undefined()) return Value::list({});
  if (!call.self.is_dict()) fail("Can only get item pairs from a mapping.");
  std::vector<Value> pairs;
  for (const auto& item : call.self.dict().items()) pairs.push_back(Value::tuple({item.first, item.second}));
  call.run.meter().steps(pairs.size());
  return Value::list(std::move(pairs));
}

// Sorts by a key made once for each item.
template <typename KeyOf>
void sort_items(std::vector<Value>& items, bool backwards, Meter& meter, KeyOf key_of_item) {
  std::vector<std::pair<Value, Value>> keyed;
  for (Value& item : items) {
    Value key = key_of_item(item);
    keyed.emplace_back(std::move(key), std::move(item));
  }
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    return backwards ? compare(b.first, a.first, meter) < 0 : compare(a.first, b.first, meter) < 0;
  });
  for (size_t i = 0; i < items.size(); ++i) items[i] = std::move(keyed[i].second);
}

Value dictsort(Call& call) {
  if (!call.self.is_dict())
    fail("dictsort needs a mapping, not '" + std::string(call.self.type_name()) + "'");
  const bool case_sensitive = call.flag(0, false);
  const std::string by = call.string(1, "key");
  if (by != "key" && by != "value") fail("You can only sort by either \"key\" or \"value\"");
  std::vector<Value> pairs = items(call).items();
  sort_items(pairs, call.flag(2, false), call.run.meter(), [&](const Value& pair) {
    const Value& key = pair.items()[by == "key" ? 0 : 1];
    return case_sensitive ? key : without_case(key);
  });
  return Value::list(std::move(pairs));
}

// sort(attribute="a,b") sorts by several.
Value sort_key(Call& call, const Value& item) {
  const bool case_sensitive = call.flag(1, false);
  const auto prepared = [&](const Value& value) { return case_sensitive ? value : without_case(value); };
  const bool several =
      call.given(2) && call.at(2).is_string() && call.at(2).text().find(',') != std::string::npos;
  if (!several) return prepared(key_of(call, item, 2));
  std::vector<Value> keys;
  std::string_view paths = call.at(2).text();
  while (!paths.empty()) {
    const size_t comma = std::min(paths.find(','), paths.size());
    keys.push_back(prepared(follow_path(call.run, item, Value(paths.substr(0, comma)))));
    paths.remove_prefix(std::min(comma + 1, paths.size()));
  }
  return Value::list(std::move(keys));
}

Value sort(Call& call) {
  std::vector<Value> sorted = call.elements_of_self();
  sort_items(sorted, call.flag(0, false), call.run.meter(),
             [&](const Value& item) { return sort_key(call, item); });
  return Value::list(std::move(sorted));
}

Value unique(Call& call) {
  std::vector<Value> kept;
  std::vector<Value> keys;
  for (const Value& item : call.elements_of_self()) {
    const Value found = key_of(call, item, 1);
    const Value key = call.flag(0, false) ? found : without_case(found);
    const bool seen = std::any_of(keys.begin(), keys.end(),
                                  [&](const Value& other) { return equal(key, other, call.run.meter()); });
    if (seen) continue;
    keys.push_back(key);
    kept.push_back(item);
  }
  return Value::list(std::move(kept));
}

Value extreme(Call& call, int wanted) {
  Value best = Value::undefined("No aggregated item, sequence was empty.");
  Value best_key;
  bool first_item = true;
  for (const Value& item : call.elements_of_self()) {
    const Value found = key_of(call, item, 1);
    const Value key = call.flag(0, false) ? found : without_case(found);
    if (!std::exchange(first_item, false) && compare(key, best_key, call.run.meter()) * wanted <= 0) continue;
    best = item;
    best_key = key;
  }
  return best;
}

Value sum(Call& call) {
  Value total = call.value(1, Value(int64_t{0}));
  for (const Value& item : call.elements_of_self()) {
    total = binary("+", total, key_of(call, item, 0), call.run.meter());
  }
  return total;
}

Value map(Call& call) {
  Arguments& args = call.rest;
  std::vector<Value> mapped;
  if (!call.self.truthy()) return Value::list({});  // none, too
  if (args.positional.empty()) {
    const Value* attribute = nullptr;
    const Value* fallback = nullptr;
    for (const auto& [name, value] : args.named) (name == "attribute" ? attribute : fallback) = &value;
    if (attribute == nullptr) fail("map requires a filter argument");
    for (const Value& item : call.elements_of_self()) {
      mapped.push_back(follow_path(call.run, item, *attribute, fallback));
    }
    return Value::list(std::move(mapped));
  }
  const std::string filter = to_text(args.positional[0]);
  Arguments inner{{args.positional.begin() + 1, args.positional.end()}, args.named};
  for (const Value& item : call.elements_of_self())
    mapped.push_back(call.run.apply_filter(filter, item, inner));
  return Value::list(std::move(mapped));
}

struct Selection {
  bool by_attribute;
  bool keep;  // select, not reject
};

Value selected(Call& call, Selection selection) {
  Arguments& args = call.rest;
  if (!call.self.truthy()) return Value::list({});  // none, too
  size_t used = 0;
  const auto next_argument = [&]() { return args.positional[used++]; };
  Value attribute;
  if (selection.by_attribute) {
    if (args.positional.empty()) fail("Missing parameter for attribute name");
    attribute = next_argument();
  }
  const bool has_test = used < args.positional.size();
  const std::string test = has_test ? to_text(next_argument()) : std::string();
  const Arguments inner{{args.positional.begin() + static_cast<ptrdiff_t>(used), args.positional.end()},
                        args.named};
  std::vector<Value> kept;
  for (const Value& item : call.elements_of_self()) {
    const Value subject = selection.by_attribute ? follow_path(call.run, item, attribute) : item;
    const bool holds = has_test ? call.run.apply_test(test, subject, inner) : subject.truthy();
    if (holds == selection.keep) kept.push_back(item);
  }
  return Value::list(std::move(kept));
}

Value groupby(Call& call) {
  std::vector<Value> sorted = call.elements_of_self();
  const auto group_of = [&](const Value& item) {
    Value key = follow_path(call.run, item, call.at(0));
    if (key.is_undefined() && call.given(1)) key = call.at(1);
    return key;
  };
  const auto key_for = [&](const Value& item) {
    return call.flag(2, false) ? group_of(item) : without_case(group_of(item));
  };
  sort_items(sorted, false, call.run.meter(), key_for);
  std::vector<Value> groups;
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin + 1;
    while (end < sorted.size() && equal(key_for(sorted[begin]), key_for(sorted[end]), call.run.meter()))
      ++end;
    const auto first_item = sorted.begin() + static_cast<ptrdiff_t>(begin);
    groups.push_back(Value::tuple(
        {group_of(sorted[begin]), Value::list({first_item, sorted.begin() + static_cast<ptrdiff_t>(end)})}));
    begin = end;
  }
  return Value::list(std::move(groups));
}

Value batch(Call& call) {
  static_cast<void>(call.at(0));
  const int64_t size = call.integer(0, 1);
  if (size < 1 || size > 1'000'000) fail("batch() needs a size from 1 to 1000000");
  std::vector<Value> batches;
  std::vector<Value> current;
  for (const Value& item : call.elements_of_self()) {
    current.push_back(item);
    if (current.size() == static_cast<size_t>(size))
      batches.push_back(Value::list(std::exchange(current, {})));
  }
  if (!current.empty()) {
    if (call.given(1) && !call.at(1).is_none()) {
      call.run.meter().steps(static_cast<uint64_t>(size));
      current.resize(static_cast<size_t>(size), call.at(1));
    }
    batches.push_back(Value::list(std::move(current)));
  }
  return Value::list(std::move(batches));
}

Value attribute(Call& call) { return call.run.attribute(call.self, to_text(call.at(0))); }

constexpr Builtin kSequenceFilters[] = {
    {"length", length, ""},
    {"count", length, ""},
    {"join", join, "d,attribute"},
    {"first", first, ""},
    {"last", last, ""},
    {"list", list, ""},
    {"reverse", reverse, ""},
    {"items", items, ""},
    {"dictsort", dictsort, "case_sensitive,by,reverse"},
    {"sort", sort, "reverse,case_sensitive,attribute"},
    {"unique", unique, "case_sensitive,attribute"},
    {"min", [](Call& c) { return extreme(c, -1); }, "case_sensitive,attribute"},
    {"max", [](Call& c) { return extreme(c, 1); }, "case_sensitive,attribute"},
    {"sum", sum, "attribute,start"},
    {"map", map, "*"},
    {"select", [](Call& c) { return selected(c, {false, true}); }, "*"},
    {"reject", [](Call& c) { return selected(c, {false, false}); }, "*"},
    {"selectattr", [](Call& c) { return selected(c, {true, true}); }, "*"},
    {"rejectattr", [](Call& c) { return selected(c, {true, false}); }, "*"},
    {"groupby", groupby, "attribute,default,case_sensitive"},
    {"batch", batch, "linecount,fill_with"},
    {"attr", attribute, "name"},
};

}  // namespace

std::span<const Builtin> sequence_filters() { return kSequenceFilters; }

}  // namespace samovar::text::jinja
