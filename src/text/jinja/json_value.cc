#include "text/jinja/json_value.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace samovar::text::jinja {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxJsonNesting = kMaxNesting - 50;

// Reads events into values, so that deep nesting is refused before anything recurses.
class Reader : public nlohmann::json_sax<Json> {
 public:
  explicit Reader(const TextFilter& filter) : filter_(filter) {}

  bool null() override { return add(Value(None{})); }
  bool boolean(bool value) override { return add(Value(value)); }
  bool number_integer(number_integer_t value) override { return add(Value(int64_t{value})); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return add(Value(static_cast<double>(value)));
    return add(Value(static_cast<int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t&) override { return add(Value(value)); }
  bool string(string_t& value) override { return add(Value(filter_(value))); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(true); }
  bool start_array(size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    levels_.back().key = filter_(name);
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error_ = "not valid JSON at byte " + std::to_string(position);
    return false;
  }

  Value& value() { return value_; }
  const std::string& error() const { return error_; }

 private:
  struct Level {
    std::shared_ptr<Dict> dict;  // null: an array
    std::vector<Value> items;
    std::string key;
  };

  bool open(bool object) {
    if (levels_.size() >= kMaxJsonNesting) {
      error_ = "JSON nested deeper than " + std::to_string(kMaxJsonNesting) + " levels";
      return false;
    }
    levels_.push_back({object ? std::make_shared<Dict>() : nullptr, {}, {}});
    return true;
  }

  bool close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    return add(level.dict != nullptr ? Value(std::move(level.dict)) : Value::list(std::move(level.items)));
  }

  bool add(Value value) {
    if (levels_.empty()) {
      value_ = std::move(value);
    } else if (levels_.back().dict != nullptr) {
      levels_.back().dict->set(std::move(levels_.back().key), std::move(value));
    } else {
      levels_.back().items.push_back(std::move(value));
    }
    return true;
  }

  const TextFilter& filter_;
  std::vector<Level> levels_;
  Value value_;
  std::string error_;
};

}  // namespace

Result<Value> parse_json(std::string_view text, const TextFilter& filter) {
  Reader reader(filter);
  if (Json::sax_parse(text, &reader)) return std::move(reader.value());
  return Error{Code::kInvalidArgument, reader.error().empty() ? "not valid JSON" : reader.error()};
}

}  // namespace samovar::text::jinja
