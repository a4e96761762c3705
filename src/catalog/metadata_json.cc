#include "catalog/metadata_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "catalog/facts.h"
#include "tensor/type.h"

namespace samovar::catalog {
namespace {

template <typename T>
std::string format_shortest(T value) {
  if (!std::isfinite(value)) return "null";
  const T size = std::abs(value);
  const bool fixed = size == T(0) || (size >= T(1e-6) && size < T(1e21));
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific);
  std::string result(text.data(), end.ptr);
  // Go writes 1e-9 where C++ writes 1e-09.
  const size_t exponent = fixed ? std::string::npos : result.find('e');
  if (exponent != std::string::npos && result[exponent + 2] == '0') result.erase(exponent + 2, 1);
  return result;
}

std::string number_json(gguf::ValueType type, double number) {
  return type == gguf::ValueType::kF32 ? format_number(static_cast<float>(number)) : format_number(number);
}

std::string array_json(const gguf::Array& array) {
  std::string json = "[";
  const auto add = [&](std::string_view element) {
    if (json.size() > 1) json += ',';
    json += element;
  };
  if (const auto strings = array.strings()) {
    for (const std::string_view text : *strings) add(quote_json(text));
  } else if (const auto numbers = array.numbers()) {
    for (const double number : *numbers) {
      const bool boolean = array.element == gguf::ValueType::kBool;
      add(boolean ? (number != 0.0 ? "true" : "false") : number_json(array.element, number));
    }
  }
  return json + "]";
}

std::string value_json(const gguf::Value& value, Arrays arrays) {
  if (const gguf::Array* array = value.array()) return arrays == Arrays::kWhole ? array_json(*array) : "null";
  if (const auto* text = std::get_if<std::string_view>(&value.data)) return quote_json(*text);
  if (const auto* boolean = std::get_if<bool>(&value.data)) return *boolean ? "true" : "false";
  if (const auto* natural = std::get_if<uint64_t>(&value.data)) return std::to_string(*natural);
  if (const auto* integer = std::get_if<int64_t>(&value.data)) return std::to_string(*integer);
  return number_json(value.type, std::get<double>(value.data));
}

}  // namespace

std::string format_number(double value) { return format_shortest(value); }
std::string format_number(float value) { return format_shortest(value); }

std::string quote_json(std::string_view text) {
  const std::string plain =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string escaped;
  escaped.reserve(plain.size());
  for (const char c : plain) {
    switch (c) {
      case '<':
        escaped += "\\u003c";
        break;
      case '>':
        escaped += "\\u003e";
        break;
      case '&':
        escaped += "\\u0026";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string make_model_info_json(const gguf::File& file, Arrays arrays) {
  std::map<std::string_view, std::string> members;
  for (const auto& [key, value] : file.directory().metadata) members[key] = value_json(value, arrays);
  members.erase("general.name");
  members.erase("tokenizer.chat_template");
  members["general.parameter_count"] = std::to_string(read_facts(file).parameter_count);
  std::string json = "{";
  for (const auto& [key, value] : members) {
    if (json.size() > 1) json += ",";
    json += quote_json(key) + ":" + value;
  }
  return json + "}";
}

std::string make_tensors_json(const gguf::File& file) {
  std::string json = "[";
  for (const gguf::Tensor& tensor : file.directory().tensors) {
    if (json.size() > 1) json += ",";
    json += "{\"name\":" + quote_json(tensor.name) +
            ",\"type\":" + quote_json(tensor::type_name(tensor.type_number)) + ",\"shape\":[";
    for (uint32_t i = 0; i < tensor.n_dims; ++i) {
      if (i > 0) json += ',';
      json += std::to_string(tensor.dims[i]);
    }
    json += "]}";
  }
  return json + "]";
}

}  // namespace samovar::catalog
