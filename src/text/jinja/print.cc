#include "text/jinja/print.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "text/jinja/unicode.h"
#include "text/user_text.h"

namespace samovar::text::jinja {
namespace {

std::string escaped(const char* format, uint32_t value) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

// One character of a repr; a marked character stays marked unless it has to be escaped.
void repr_character(std::string_view bytes, char32_t c, char quote, std::string& out) {
  const Mark mark = mark_at(bytes, 0);
  const char seen = mark.seen.empty() ? '\0' : mark.seen[0];
  if (c == static_cast<unsigned char>(quote) || c == '\\' || seen == quote || seen == '\\') {
    out += '\\';
    out += seen != '\0' ? seen : static_cast<char>(c);
  } else if (c == '\n' || c == '\r' || c == '\t') {
    out += c == '\n' ? "\\n" : (c == '\r' ? "\\r" : "\\t");
  } else if (mark.bytes != 0 || is_printable(c)) {
    out += bytes;
  } else if (c < 0x100) {
    out += escaped("\\x%02x", c);
  } else {
    out += escaped(c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
  }
}

std::string repr_string(std::string_view text) {
  const bool has_single = find_first(text, "'").has_value();
  const char quote = has_single && !find_first(text, "\"") ? '"' : '\'';
  std::string out(1, quote);
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = code_point_at(text, i);
    repr_character(text.substr(i, point.bytes), point.value, quote, out);
    i += point.bytes;
  }
  return out + quote;
}

void add_repr(const Value& value, Text& out);

void add_items(const Value& value, Text& out) {
  const bool tuple = value.is_tuple();
  out.add(tuple ? "(" : "[");
  bool first = true;
  for (const Value& item : value.items()) {
    if (!std::exchange(first, false)) out.add(", ");
    add_repr(item, out);
  }
  if (tuple && value.items().size() == 1) out.add(",");
  out.add(tuple ? ")" : "]");
}

void add_dict(const Dict& dict, Text& out) {
  out.add("{");
  bool first = true;
  for (const auto& [key, item] : dict.items()) {
    if (!std::exchange(first, false)) out.add(", ");
    add_repr(key, out);
    out.add(": ");
    add_repr(item, out);
  }
  out.add("}");
}

void add_repr(const Value& value, Text& out) {
  if (value.is_string()) {
    out.add(repr_string(value.text()));
  } else if (value.is_sequence()) {
    add_items(value, out);
  } else if (value.is_dict()) {
    add_dict(value.dict(), out);
  } else if (value.is_undefined()) {
    out.add("Undefined");
  } else {
    out.add(to_text(value));
  }
}

class JsonWriter {
 public:
  JsonWriter(const JsonStyle& style, Meter& meter) : style_(style), meter_(meter) {}

  std::string run(const Value& value) {
    write(value, 0);
    return out_.take();
  }

 private:
  void write(const Value& value, int level) {
    meter_.steps();
    if (value.is_none()) {
      out_.add("null");
    } else if (value.is_bool()) {
      out_.add(value.truthy() ? "true" : "false");
    } else if (value.is_int()) {
      out_.add(std::to_string(value.integer()));
    } else if (value.is_float()) {
      write_float(value.number());
    } else if (value.is_string()) {
      write_string(value.text());
    } else if (value.is_sequence()) {
      write_items(value.items(), level);
    } else if (value.is_dict()) {
      write_dict(value.dict(), level);
    } else {
      fail("Object of type " + std::string(value.type_name()) + " is not JSON serializable");
    }
  }

  void write_float(double value) {
    if (std::isnan(value)) {
      out_.add("NaN");
    } else if (std::isinf(value)) {
      out_.add(value > 0 ? "Infinity" : "-Infinity");
    } else {
      out_.add(float_repr(value));
    }
  }

  void new_line(int level) {
    if (style_.indent) out_.add("\n").repeat(*style_.indent, static_cast<size_t>(level));
  }

  void write_items(const std::vector<Value>& items, int level) {
    out_.add("[");
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_.add(style_.item_separator);
      new_line(level + 1);
      write(items[i], level + 1);
    }
    if (!items.empty()) new_line(level);
    out_.add("]");
  }

  static std::string key_text(const Value& key) {
    if (key.is_string()) return key.text();
    if (key.is_none()) return "null";
    if (key.is_bool()) return key.truthy() ? "true" : "false";
    if (key.is_number()) return to_text(key);
    fail("keys must be str, int, float, bool or None, not " + std::string(key.type_name()));
  }

  void write_dict(const Dict& dict, int level) {
    std::vector<const std::pair<Value, Value>*> items;
    for (const auto& item : dict.items()) items.push_back(&item);
    if (style_.sort_keys) {
      std::stable_sort(items.begin(), items.end(),
                       [&](const auto* a, const auto* b) { return compare(a->first, b->first, meter_) < 0; });
    }
    out_.add("{");
    bool first = true;
    for (const auto* item : items) {
      if (!std::exchange(first, false)) out_.add(style_.item_separator);
      new_line(level + 1);
      write_string(key_text(item->first));
      out_.add(style_.key_separator);
      write(item->second, level + 1);
    }
    if (!items.empty()) new_line(level);
    out_.add("}");
  }

  void write_string(std::string_view text) {
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
      const CodePoint point = code_point_at(text, i);
      const Mark mark = mark_at(text, i);
      const bool escape_seen = mark.seen == "\"" || mark.seen == "\\";
      const char32_t c = escape_seen ? static_cast<unsigned char>(mark.seen[0]) : point.value;
      if (mark.bytes != 0 && !escape_seen) {
        out += text.substr(i, mark.bytes);
      } else {
        write_character(c, out);
      }
      i += point.bytes;
    }
    out_.add(out += '"');
  }

  void write_character(char32_t c, std::string& out) const {
    static constexpr std::string_view kEscaped = "\"\\\n\r\t\f\b";
    static constexpr std::string_view kLetters = "\"\\nrtfb";
    const size_t known = c < 0x80 ? kEscaped.find(static_cast<char>(c)) : std::string_view::npos;
    if (known != std::string_view::npos) {
      out += '\\';
      out += kLetters[known];
    } else if (c < 0x20 || (style_.ascii_only && c >= 0x7F && c < 0x10000)) {
      out += escaped("\\u%04x", c);
    } else if (style_.ascii_only && c >= 0x10000) {
      out += escaped("\\u%04x", 0xD800 + ((c - 0x10000) >> 10));
      out += escaped("\\u%04x", 0xDC00 + ((c - 0x10000) & 0x3FF));
    } else {
      append_code_point(c, out);
    }
  }

  const JsonStyle& style_;
  Meter& meter_;
  Text out_;
};

}  // namespace

std::string float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  const size_t e = text.find('e');
  int exponent = 0;
  const size_t digits_of_exponent = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(text.data() + digits_of_exponent, text.data() + text.size(), exponent);
  if (exponent < -4 || exponent >= 16) return std::string(text);
  const auto fixed = std::to_chars(buffer.begin(), buffer.end(), value, std::chars_format::fixed).ptr;
  std::string out(buffer.data(), fixed);
  return out.find('.') == std::string::npos ? out + ".0" : out;
}

std::string to_text(const Value& value) {
  if (value.is_string()) return value.text();
  if (value.is_undefined()) return {};
  if (value.is_none()) return "None";
  if (value.is_bool()) return value.truthy() ? "True" : "False";
  if (value.is_int()) return std::to_string(value.integer());
  if (value.is_float()) return float_repr(value.number());
  if (value.is_function()) return "<Macro '" + value.function()->name + "'>";
  if (value.is_namespace()) return "<Namespace>";
  if (value.is_loop()) {
    return "<LoopContext " + std::to_string(value.loop()->index0 + 1) + "/" +
           std::to_string(value.loop()->items.size()) + ">";
  }
  return repr(value);
}

std::string repr(const Value& value) {
  Text out;
  add_repr(value, out);
  return out.take();
}

std::string to_json(const Value& value, const JsonStyle& style, Meter& meter) {
  return JsonWriter(style, meter).run(value);
}

}  // namespace samovar::text::jinja
