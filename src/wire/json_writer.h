// Writes JSON as Go's encoding/json does, with nothing but appends: members in the order they are given,
// no blanks, '<', '>' and '&' escaped. An answer's every token goes through here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace samovar::wire {

// `text` in quotes and escaped; malformed UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
[[nodiscard]] std::string to_json_string(std::string_view text);

// Shortest text that reads back as the same number; what JSON cannot say (infinities, NaN) is -9999,
// OpenAI's figure for a log-probability without bound.
void append_json_number(std::string& out, double value);

// Text in double quotes as Go's %q prints it.
[[nodiscard]] std::string quote_go(std::string_view text);

// One object under construction:  ObjectWriter(out).add("a", 1).add("b", "x").close();
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  ObjectWriter& add(std::string_view key, std::string_view value);
  ObjectWriter& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
  ObjectWriter& add(std::string_view key, bool value);
  ObjectWriter& add(std::string_view key, int64_t value);
  ObjectWriter& add(std::string_view key, double value);
  ObjectWriter& add(std::string_view key, std::span<const std::string> values);
  ObjectWriter& add_null(std::string_view key);
  // `json` is a value already.
  ObjectWriter& add_raw(std::string_view key, std::string_view json);

  // Left out when empty or zero: Go's omitempty.
  ObjectWriter& add_unless_empty(std::string_view key, std::string_view value);
  ObjectWriter& add_unless_zero(std::string_view key, int64_t value);
  ObjectWriter& add_raw_unless_empty(std::string_view key, std::string_view json);

  // Writes the key; the caller appends the value to the string.
  ObjectWriter& key(std::string_view name);

  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace samovar::wire
