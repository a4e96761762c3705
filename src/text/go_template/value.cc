#include "text/go_template/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "text/user_text.h"

namespace samovar::text::go_template {
namespace {

// Decimal exponents from `smallest` up to, not including, `large` are written out in full.
struct PlainExponents {
  int smallest;
  int large;
};

// Go's shortest digits.
std::string float_text(double value, PlainExponents plain) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 400> buffer{};
  const auto end = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::scientific).ptr;
  const std::string scientific(buffer.data(), end);
  const size_t e = scientific.find('e');
  int exponent = 0;
  const size_t digits = scientific[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(scientific.data() + digits, scientific.data() + scientific.size(), exponent);
  if (value != 0 && (exponent < plain.smallest || exponent >= plain.large)) return scientific;
  const auto fixed = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::fixed).ptr;
  return {buffer.data(), fixed};
}

std::string plain_float(double value) { return float_text(value, {-4, 6}); }

// JSON has exponents without a leading zero: "1e-7".
std::string json_float(double value) {
  std::string text = float_text(value, {-6, 21});
  const size_t e = text.find("e-0");
  if (e != std::string::npos) text.erase(e + 2, 1);
  return text;
}

std::string unicode_escape(unsigned value) {
  std::array<char, 8> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "\\u%04x", value & 0xFFFF);
  return buffer.data();
}

void append_json_character(char c, std::string& out) {
  static constexpr std::string_view kFrom = "\"\\\n\r\t\b\f";
  static constexpr std::string_view kTo = "\"\\nrtbf";
  if (const size_t known = kFrom.find(c); known != std::string_view::npos) {
    out += '\\';
    out += kTo[known];
  } else if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
    out += unicode_escape(static_cast<unsigned char>(c));
  } else {
    out += c;
  }
}

// Marked characters stay marked unless JSON escapes them, which already keeps them from being control tokens.
std::string json_string(std::string_view text) {
  static constexpr std::string_view kEscaped = "\"\\<>&";
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const Mark mark = mark_at(text, i);
    const std::string_view here = text.substr(i);
    if (mark.bytes != 0 && (mark.seen.empty() || kEscaped.find(mark.seen[0]) == std::string_view::npos)) {
      out += here.substr(0, mark.bytes);
    } else if (mark.bytes != 0) {
      append_json_character(mark.seen[0], out);
    } else if (here.substr(0, 3) == "\xE2\x80\xA8" || here.substr(0, 3) == "\xE2\x80\xA9") {
      out += unicode_escape(here[2] == '\xA8' ? 0x2028 : 0x2029);
      i += 2;
    } else {
      append_json_character(text[i], out);
    }
    i += std::max<size_t>(mark.bytes, 1);
  }
  return out + "\"";
}

bool is_empty_for_json(const Value& value) { return !value.truthy() && !value.is_record(); }

// Goes through a value; how its parts look is up to the subclass.
class ValueWriter {
 public:
  virtual ~ValueWriter() = default;
  std::string run(const Value& value) {
    write(value);
    return out_.take();
  }

 protected:
  virtual void write_nil() = 0;
  virtual void write_float(double value) = 0;
  virtual void write_string(const std::string& text) = 0;
  virtual void write_list(const Value& value) = 0;
  virtual void write_map(const Value& value) = 0;
  virtual void write_record(const Value& value) = 0;

  void write(const Value& value) {
    if (value.is_nil()) {
      write_nil();
    } else if (value.is_bool()) {
      out_.add(value.boolean() ? "true" : "false");
    } else if (value.is_int()) {
      out_.add(std::to_string(value.integer()));
    } else if (value.is_float()) {
      write_float(value.real());
    } else if (value.is_string()) {
      write_string(value.text());
    } else if (value.is_list()) {
      write_list(value);
    } else if (value.is_map()) {
      write_map(value);
    } else {
      write_record(value);
    }
  }

  void write_items(const List& list, std::string_view separator) {
    out_.add("[");
    for (size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) out_.add(separator);
      write(list.items[i]);
    }
    out_.add("]");
  }

  Text out_;
};

class JsonWriter : public ValueWriter {
  void write_nil() override { out_.add("null"); }
  void write_float(double value) override { out_.add(json_float(value)); }
  void write_string(const std::string& text) override { out_.add(json_string(text)); }

  void write_list(const Value& value) override {
    const List& list = value.list();
    if (list.one_as_item && list.items.size() == 1) return write(list.items[0]);
    if (list.is_null && list.items.empty()) return write_nil();
    write_items(list, ",");
  }

  void write_map(const Value& value) override {
    out_.add("{");
    bool first = true;
    for (const auto& [key, item] : value.map().items) {
      if (!std::exchange(first, false)) out_.add(",");
      out_.add(json_string(key)).add(":");
      write(item);
    }
    out_.add("}");
  }

  void write_record(const Value& value) override {
    out_.add("{");
    bool first = true;
    for (const Field& field : value.record().fields) {
      if (field.omit_empty && is_empty_for_json(field.value)) continue;
      if (!std::exchange(first, false)) out_.add(",");
      out_.add(json_string(field.json_name)).add(":");
      write(field.value);
    }
    out_.add("}");
  }
};

class PlainWriter : public ValueWriter {
  void write_nil() override { out_.add("<nil>"); }
  void write_float(double value) override { out_.add(plain_float(value)); }
  void write_string(const std::string& text) override { out_.add(text); }
  void write_json(const Value& value) { out_.add(to_json(value)); }

  void write_list(const Value& value) override {
    const List& list = value.list();
    if (list.shown == Shown::kJson) return write_json(value);
    if (list.one_as_item && list.items.size() <= 1) {
      if (!list.items.empty()) write(list.items[0]);
      return;
    }
    write_items(list, " ");
  }

  void write_map(const Value& value) override {
    if (value.map().shown == Shown::kJson) return write_json(value);
    out_.add("map[");
    bool first = true;
    for (const auto& [key, item] : value.map().items) {
      if (!std::exchange(first, false)) out_.add(" ");
      out_.add(key).add(":");
      write(item);
    }
    out_.add("]");
  }

  void write_record(const Value& value) override {
    if (value.record().shown == Shown::kJson) return write_json(value);
    out_.add("{");
    bool first = true;
    for (const Field& field : value.record().fields) {
      if (!std::exchange(first, false)) out_.add(" ");
      write(field.value);
    }
    out_.add("}");
  }
};

[[noreturn]] void fail_comparison(const Value& a, const Value& b) {
  fail("cannot compare " + std::string(a.kind_name()) + " with " + std::string(b.kind_name()));
}

}  // namespace

bool Value::truthy() const {
  if (is_nil()) return false;
  if (is_bool()) return boolean();
  if (is_int()) return integer() != 0;
  if (is_float()) return real() != 0;
  if (is_string()) return !text().empty();
  if (is_list()) return !list().items.empty();
  if (is_map()) return !map().items.empty();
  return true;
}

std::string_view Value::kind_name() const {
  if (is_nil()) return "nil";
  if (is_bool()) return "bool";
  if (is_int()) return "int";
  if (is_float()) return "float64";
  if (is_string()) return "string";
  if (is_list()) return "slice";
  return is_map() ? "map" : "struct";
}

const Value* Record::find(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &found->value;
}

std::string to_text(const Value& value) { return value.is_nil() ? "<no value>" : to_inner_text(value); }
std::string to_inner_text(const Value& value) { return PlainWriter().run(value); }
std::string to_json(const Value& value) { return JsonWriter().run(value); }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const Mark mark = mark_at(text, i);
    const char c = mark.seen.empty() ? text[i] : mark.seen[0];
    if (mark.bytes != 0 && c != '"' && c != '\\') {
      out += text.substr(i, mark.bytes);
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n' || c == '\t' || c == '\r') {
      out += c == '\n' ? "\\n" : (c == '\t' ? "\\t" : "\\r");
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      std::array<char, 8> buffer{};
      std::snprintf(buffer.data(), buffer.size(), "\\x%02x",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += buffer.data();
    } else {
      out += c;
    }
    i += std::max<size_t>(mark.bytes, 1);
  }
  return out + "\"";
}

bool equal(const Value& a, const Value& b) {
  if (a.is_nil() || b.is_nil()) return a.is_nil() && b.is_nil();
  if (a.is_string() && b.is_string()) {
    return a.text() == b.text() ||
           ((has_marks(a.text()) || has_marks(b.text())) && unmark(a.text()) == unmark(b.text()));
  }
  if (a.is_bool() && b.is_bool()) return a.boolean() == b.boolean();
  if (a.is_int() && b.is_int()) return a.integer() == b.integer();
  if (a.is_float() && b.is_float()) return a.real() == b.real();
  fail_comparison(a, b);
}

bool less(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) return unmark(a.text()) < unmark(b.text());
  if (a.is_int() && b.is_int()) return a.integer() < b.integer();
  if (a.is_float() && b.is_float()) return a.real() < b.real();
  fail_comparison(a, b);
}

}  // namespace samovar::text::go_template
