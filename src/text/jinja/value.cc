#include "text/jinja/value.h"

#include <algorithm>

#include "text/jinja/unicode.h"
#include "text/user_text.h"

namespace samovar::text::jinja {
namespace {

Value make_list(std::vector<Value> items, bool is_tuple) {
  auto list = std::make_shared<List>();
  for (const Value& item : items) list->depth = std::max(list->depth, item.depth() + 1);
  if (list->depth > kMaxNesting) fail("a value is nested deeper than 200 levels");
  list->items = std::move(items);
  list->is_tuple = is_tuple;
  return Value(std::move(list));
}

bool equal_items(const std::vector<Value>& a, const std::vector<Value>& b, Meter& meter) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [&](const Value& x, const Value& y) { return equal(x, y, meter); });
}

bool equal_dicts(const Dict& a, const Dict& b, Meter& meter) {
  if (a.items().size() != b.items().size()) return false;
  for (const auto& [key, value] : a.items()) {
    const Value* other = b.find(key, meter);
    if (other == nullptr || !equal(value, *other, meter)) return false;
  }
  return true;
}

template <typename T>
int order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

}  // namespace

Value Value::undefined(std::string why) {
  Value value;
  value.data_ = Undefined{std::make_shared<const std::string>(std::move(why))};
  return value;
}

Value Value::list(std::vector<Value> items) { return make_list(std::move(items), false); }
Value Value::tuple(std::vector<Value> items) { return make_list(std::move(items), true); }

bool Value::is_tuple() const { return is_sequence() && std::get<std::shared_ptr<List>>(data_)->is_tuple; }

bool Value::is_dict() const {
  const auto* dict = std::get_if<std::shared_ptr<Dict>>(&data_);
  return dict != nullptr && (*dict)->kind() == Dict::Kind::kMapping;
}

bool Value::is_namespace() const {
  const auto* dict = std::get_if<std::shared_ptr<Dict>>(&data_);
  return dict != nullptr && (*dict)->kind() == Dict::Kind::kNamespace;
}

int64_t Value::integer() const {
  return is_bool() ? int64_t{std::get<bool>(data_)} : std::get<int64_t>(data_);
}

double Value::number() const { return is_float() ? std::get<double>(data_) : static_cast<double>(integer()); }

const std::vector<Value>& Value::items() const { return std::get<std::shared_ptr<List>>(data_)->items; }

bool Value::truthy() const {
  if (is_undefined() || is_none()) return false;
  if (is_integral()) return integer() != 0;
  if (is_float()) return number() != 0;
  if (is_string()) return !text().empty();
  if (is_sequence()) return !items().empty();
  if (is_dict()) return !dict().items().empty();
  return true;
}

int Value::depth() const {
  if (is_sequence()) return std::get<std::shared_ptr<List>>(data_)->depth;
  if (is_dict() || is_namespace()) return dict().depth();
  if (is_function()) return function()->depth;
  if (is_loop()) return loop()->depth;
  return 0;
}

const void* Value::identity() const {
  if (is_sequence()) return std::get<std::shared_ptr<List>>(data_).get();
  if (is_dict() || is_namespace()) return &dict();
  if (is_function()) return function().get();
  if (is_loop()) return loop().get();
  return nullptr;
}

std::string_view Value::type_name() const {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "NoneType";
  if (is_bool()) return "bool";
  if (is_int()) return "int";
  if (is_float()) return "float";
  if (is_string()) return "str";
  if (is_tuple()) return "tuple";
  if (is_sequence()) return "list";
  if (is_dict()) return "dict";
  if (is_namespace()) return "Namespace";
  return is_loop() ? "LoopContext" : "function";
}

const Value* Dict::find(std::string_view key) const {
  const auto found = index_.find(has_marks(key) ? unmark(key) : std::string(key));
  return found == index_.end() ? nullptr : &items_[found->second].second;
}

const Value* Dict::find(const Value& key, Meter& meter) const {
  if (key.is_string()) return find(key.text());
  if (key.is_dict() || (key.is_sequence() && !key.is_tuple())) {
    fail("unhashable type: '" + std::string(key.type_name()) + "'");
  }
  if (index_.size() == items_.size()) return nullptr;
  meter.steps(items_.size());
  for (const auto& item : items_) {
    if (!item.first.is_string() && equal(item.first, key, meter)) return &item.second;
  }
  return nullptr;
}

void Dict::set(std::string key, Value value) {
  const auto found = index_.find(has_marks(key) ? unmark(key) : key);
  if (found != index_.end()) return replace(found->second, std::move(value));
  insert(Value(std::move(key)), std::move(value));
}

void Dict::set(const Value& key, Value value, Meter& meter) {
  const Value* found = find(key, meter);
  if (found == nullptr) return insert(key, std::move(value));
  for (size_t i = 0; i < items_.size(); ++i) {
    if (&items_[i].second == found) return replace(i, std::move(value));
  }
}

void Dict::insert(const Value& key, Value value) {
  if (key.is_string()) index_.emplace(has_marks(key.text()) ? unmark(key.text()) : key.text(), items_.size());
  items_.emplace_back(key, Value());
  replace(items_.size() - 1, std::move(value));
}

void Dict::replace(size_t index, Value value) {
  depth_ = std::max({depth_, value.depth() + 1, items_[index].first.depth() + 1});
  if (depth_ > kMaxNesting) fail("a value is nested deeper than 200 levels");
  items_[index].second = std::move(value);
}

void Dict::clear() {
  items_.clear();
  index_.clear();
}

bool equal(const Value& a, const Value& b, Meter& meter) {
  meter.steps();
  if (a.is_string() && b.is_string()) return equal_text(a.text(), b.text());
  if (a.is_integral() && b.is_integral()) return a.integer() == b.integer();
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  if (a.is_undefined() && b.is_undefined()) return true;
  if (a.is_none() && b.is_none()) return true;
  if (a.identity() != nullptr && a.identity() == b.identity()) return true;
  if (a.is_sequence() && b.is_sequence()) {
    return a.is_tuple() == b.is_tuple() && equal_items(a.items(), b.items(), meter);
  }
  return a.is_dict() && b.is_dict() && equal_dicts(a.dict(), b.dict(), meter);
}

int compare(const Value& a, const Value& b, Meter& meter) {
  meter.steps();
  if (a.is_integral() && b.is_integral()) return order(a.integer(), b.integer());
  if (a.is_number() && b.is_number()) return order(a.number(), b.number());
  if (a.is_string() && b.is_string()) return order(unmark(a.text()), unmark(b.text()));
  if (a.is_sequence() && b.is_sequence() && a.is_tuple() == b.is_tuple()) {
    for (size_t i = 0; i < std::min(a.items().size(), b.items().size()); ++i) {
      if (!equal(a.items()[i], b.items()[i], meter)) return compare(a.items()[i], b.items()[i], meter);
    }
    return order(a.items().size(), b.items().size());
  }
  if (a.is_undefined() || b.is_undefined()) {
    const Undefined& missing = a.is_undefined() ? a.why() : b.why();
    fail(missing.why ? *missing.why : "an undefined value is compared");
  }
  fail("'" + std::string(a.type_name()) + "' and '" + std::string(b.type_name()) + "' cannot be ordered");
}

std::vector<Value> elements(const Value& value, Meter& meter) {
  std::vector<Value> out;
  if (value.is_undefined()) return out;
  if (value.is_sequence()) {
    out = value.items();
  } else if (value.is_dict()) {
    for (const auto& item : value.dict().items()) out.push_back(item.first);
  } else if (value.is_string()) {
    meter.steps(value.text().size());
    for (const std::string_view character : characters(value.text())) out.emplace_back(character);
  } else if (value.is_loop()) {
    fail("a loop cannot be iterated over");
  } else {
    fail("'" + std::string(value.type_name()) + "' object is not iterable");
  }
  meter.steps(out.size());
  return out;
}

}  // namespace samovar::text::jinja
