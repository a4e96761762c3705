#include "wire/decoder.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace samovar::wire {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<double> parse_number(std::string_view literal) {
  double value = 0;
  const auto [end, error] = std::from_chars(literal.data(), literal.data() + literal.size(), value);
  // result_out_of_range covers both ends: too small is as good as zero, too large is not a number here.
  if (error == std::errc::result_out_of_range && literal.find("e-") == std::string_view::npos &&
      literal.find("E-") == std::string_view::npos) {
    return std::nullopt;
  }
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

void Decoder::fail(std::string message) {
  if (!error_) error_ = std::move(message);
}

void Decoder::mismatch(const Json& value, std::string_view path, std::string_view go_type) {
  fail("json: cannot unmarshal " + std::string(kind_name(value.kind)) + " into Go struct field " + root_ +
       "." + std::string(path) + " of type " + std::string(go_type));
}

void Decoder::read_root(const Json& value, const Visit& visit) {
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind != Json::Kind::kObject) {
    fail("json: cannot unmarshal " + std::string(kind_name(value.kind)) + " into Go value of type " +
         package_ + "." + root_);
    return;
  }
  for (const Json& member : value.items) visit(member);
}

void Decoder::read_object(const Json& value, std::string_view path, std::string_view go_type,
                          const Visit& visit) {
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind != Json::Kind::kObject) return mismatch(value, path, go_type);
  for (const Json& member : value.items) visit(member);
}

void Decoder::read_array(const Json& value, std::string_view path, std::string_view go_type,
                         const Visit& visit) {
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind != Json::Kind::kArray) return mismatch(value, path, go_type);
  for (const Json& item : value.items) visit(item);
}

void Decoder::read(const Json& value, std::string_view path, std::string& out) {
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind != Json::Kind::kString) return mismatch(value, path, "string");
  out = value.text;
}

void Decoder::read(const Json& value, std::string_view path, bool& out) {
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind != Json::Kind::kBool) return mismatch(value, path, "bool");
  out = value.boolean;
}

void Decoder::read(const Json& value, std::string_view path, int64_t& out) {
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind != Json::Kind::kNumber) return mismatch(value, path, "int");
  int64_t parsed = 0;
  const char* const end = value.raw.data() + value.raw.size();
  const auto result = std::from_chars(value.raw.data(), end, parsed);
  if (result.ec != std::errc() || result.ptr != end) {
    fail("json: cannot unmarshal number " + std::string(value.raw) + " into Go struct field " + root_ + "." +
         std::string(path) + " of type int");
    return;
  }
  out = parsed;
}

void Decoder::read(const Json& value, std::string_view path, double& out) {
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind != Json::Kind::kNumber) return mismatch(value, path, "float64");
  const std::optional<double> parsed = parse_number(value.raw);
  if (!parsed) {
    fail("json: cannot unmarshal number " + std::string(value.raw) + " into Go struct field " + root_ + "." +
         std::string(path) + " of type float64");
    return;
  }
  out = *parsed;
}

}  // namespace samovar::wire
