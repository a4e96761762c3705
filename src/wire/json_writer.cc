#include "wire/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "wire/json.h"

namespace samovar::wire {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr double kUnbounded = -9999.0;

void append_escape(std::string& out, unsigned char c) {
  out += "\\u00";
  out += kHex[c >> 4U];
  out += kHex[c & 15U];
}

// True when the byte at hand was one that JSON or Go escapes.
bool append_if_special(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return true;
    case '\\':
      out += "\\\\";
      return true;
    case '\n':
      out += "\\n";
      return true;
    case '\r':
      out += "\\r";
      return true;
    case '\t':
      out += "\\t";
      return true;
    case '\b':
      out += "\\b";
      return true;
    case '\f':
      out += "\\f";
      return true;
    default:
      if (c >= 0x20 && c != '<' && c != '>' && c != '&') return false;
      append_escape(out, c);
      return true;
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    size_t length = 1;
    if (first < 0x80) {
      if (!append_if_special(out, first)) out += text.front();
    } else if (text.starts_with("\u2028") || text.starts_with("\u2029")) {
      out += text[2] == '\xA8' ? "\\u2028" : "\\u2029";
      length = 3;
    } else if (length = utf8_length(text); length > 0) {
      out += text.substr(0, length);
    } else {
      out += "\\ufffd";
      length = 1;
    }
    text.remove_prefix(length);
  }
  out += '"';
}

std::string to_json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) value = kUnbounded;
  const double size = std::fabs(value);
  const bool scientific = size != 0 && (size < 1e-6 || size >= 1e21);
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 scientific ? std::chars_format::scientific : std::chars_format::fixed)
                       .ptr;
  out.append(buffer.data(), end);
}

std::string quote_go(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    } else if (constexpr std::string_view kNames = "abtnvfr"; byte >= 7 && byte <= 13) {
      out += '\\';
      out += kNames[byte - 7U];
    } else {
      out += "\\x";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out += '"';
}

ObjectWriter& ObjectWriter::key(std::string_view name) {
  if (!first_) out_ += ',';
  first_ = false;
  append_json_string(out_, name);
  out_ += ':';
  return *this;
}

ObjectWriter& ObjectWriter::add(std::string_view name, std::string_view value) {
  key(name);
  append_json_string(out_, value);
  return *this;
}

ObjectWriter& ObjectWriter::add(std::string_view name, bool value) {
  return add_raw(name, value ? "true" : "false");
}

ObjectWriter& ObjectWriter::add(std::string_view name, int64_t value) {
  return add_raw(name, std::to_string(value));
}

ObjectWriter& ObjectWriter::add(std::string_view name, double value) {
  key(name);
  append_json_number(out_, value);
  return *this;
}

ObjectWriter& ObjectWriter::add(std::string_view name, std::span<const std::string> values) {
  key(name);
  out_ += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out_ += ',';
    append_json_string(out_, values[i]);
  }
  out_ += ']';
  return *this;
}

ObjectWriter& ObjectWriter::add_null(std::string_view name) { return add_raw(name, "null"); }

ObjectWriter& ObjectWriter::add_raw(std::string_view name, std::string_view json) {
  key(name);
  out_ += json;
  return *this;
}

ObjectWriter& ObjectWriter::add_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : add(name, value);
}

ObjectWriter& ObjectWriter::add_unless_zero(std::string_view name, int64_t value) {
  return value == 0 ? *this : add(name, value);
}

ObjectWriter& ObjectWriter::add_raw_unless_empty(std::string_view name, std::string_view json) {
  return json.empty() ? *this : add_raw(name, json);
}

}  // namespace samovar::wire
