// Metadata values of a GGUF file (specification: the file gguf.md of the ggml project). Strings and
// arrays are views into the file's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace samovar::gguf {

enum class ValueType : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};

[[nodiscard]] std::string_view to_string(ValueType type);

// An array, already checked to lie whole within the file. Nested arrays are refused by the reader.
struct Array {
  ValueType element = ValueType::kU8;
  uint64_t count = 0;
  std::span<const std::byte> bytes;  // borrowed

  // The elements as one type; nullopt when `element` cannot be one (strings as numbers, ...).
  [[nodiscard]] std::optional<std::vector<std::string_view>> strings() const;
  [[nodiscard]] std::optional<std::vector<double>> numbers() const;
};

struct Value {
  ValueType type = ValueType::kU8;
  std::variant<uint64_t, int64_t, double, bool, std::string_view, Array> data;

  // The value as a number / text; nullopt for another kind of value.
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<int64_t> integer() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<std::string_view> string() const;
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&data); }
};

}  // namespace samovar::gguf
