#include "gguf/value.h"

#include <cstring>
#include <limits>

namespace samovar::gguf {
namespace {

template <typename T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::optional<double> load_number(ValueType type, const std::byte* at) {
  switch (type) {
    case ValueType::kU8:
      return load<uint8_t>(at);
    case ValueType::kI8:
      return load<int8_t>(at);
    case ValueType::kU16:
      return load<uint16_t>(at);
    case ValueType::kI16:
      return load<int16_t>(at);
    case ValueType::kU32:
      return load<uint32_t>(at);
    case ValueType::kI32:
      return load<int32_t>(at);
    case ValueType::kF32:
      return static_cast<double>(load<float>(at));
    case ValueType::kBool:
      return load<uint8_t>(at);
    case ValueType::kU64:
      return static_cast<double>(load<uint64_t>(at));
    case ValueType::kI64:
      return static_cast<double>(load<int64_t>(at));
    case ValueType::kF64:
      return load<double>(at);
    case ValueType::kString:
    case ValueType::kArray:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ValueType type) {
  switch (type) {
    case ValueType::kU8:
      return "uint8";
    case ValueType::kI8:
      return "int8";
    case ValueType::kU16:
      return "uint16";
    case ValueType::kI16:
      return "int16";
    case ValueType::kU32:
      return "uint32";
    case ValueType::kI32:
      return "int32";
    case ValueType::kF32:
      return "float32";
    case ValueType::kBool:
      return "bool";
    case ValueType::kString:
      return "string";
    case ValueType::kArray:
      return "array";
    case ValueType::kU64:
      return "uint64";
    case ValueType::kI64:
      return "int64";
    case ValueType::kF64:
      return "float64";
  }
  return "unknown";
}

std::optional<std::vector<std::string_view>> Array::strings() const {
  if (element != ValueType::kString) return std::nullopt;
  std::vector<std::string_view> out;
  out.reserve(count);
  const std::byte* at = bytes.data();
  for (uint64_t i = 0; i < count; ++i) {
    const auto length = load<uint64_t>(at);
    out.emplace_back(reinterpret_cast<const char*>(at + 8), length);
    at += 8 + length;
  }
  return out;
}

std::optional<std::vector<double>> Array::numbers() const {
  if (element == ValueType::kString || element == ValueType::kArray) return std::nullopt;
  std::vector<double> out;
  out.reserve(count);
  const size_t size = count == 0 ? 0 : bytes.size() / count;
  for (uint64_t i = 0; i < count; ++i) out.push_back(*load_number(element, bytes.data() + i * size));
  return out;
}

std::optional<double> Value::number() const {
  if (const auto* u = std::get_if<uint64_t>(&data)) return static_cast<double>(*u);
  if (const auto* i = std::get_if<int64_t>(&data)) return static_cast<double>(*i);
  if (const auto* f = std::get_if<double>(&data)) return *f;
  return std::nullopt;
}

std::optional<int64_t> Value::integer() const {
  if (const auto* u = std::get_if<uint64_t>(&data)) {
    if (*u > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(*u);
  }
  if (const auto* i = std::get_if<int64_t>(&data)) return *i;
  return std::nullopt;
}

std::optional<bool> Value::boolean() const {
  if (const auto* b = std::get_if<bool>(&data)) return *b;
  return std::nullopt;
}

std::optional<std::string_view> Value::string() const {
  if (const auto* s = std::get_if<std::string_view>(&data)) return *s;
  return std::nullopt;
}

}  // namespace samovar::gguf
