#include "catalog/facts.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include "tensor/type.h"

namespace samovar::catalog {
namespace {

std::string text_of(const gguf::Directory& directory, std::string_view key) {
  const gguf::Value* value = directory.find(key);
  return value != nullptr ? std::string(value->string().value_or("")) : std::string();
}

int64_t integer_of(const gguf::Directory& directory, const std::string& key) {
  const gguf::Value* value = directory.find(key);
  return value != nullptr ? value->integer().value_or(0) : 0;
}

uint64_t count_elements(const gguf::Tensor& tensor) {
  uint64_t count = 1;
  for (const uint64_t dim : tensor.dims) count *= dim;
  return count;
}

// The type that most of the elements have: for files without general.file_type.
std::string find_commonest_type(const gguf::Directory& directory) {
  std::map<uint32_t, uint64_t> counts;
  for (const gguf::Tensor& tensor : directory.tensors) counts[tensor.type_number] += count_elements(tensor);
  uint64_t most = 0;
  std::string name = "unknown";
  for (const auto& [type, count] : counts) {
    if (count <= most) continue;
    most = count;
    name = tensor::type_name(type);
  }
  return name;
}

std::string format_fraction(double number, int decimals, char unit) {
  std::array<char, 32> text;
  const int n = std::snprintf(text.data(), text.size(), "%.*f%c", number == std::floor(number) ? 0 : decimals,
                              number, unit);
  return {text.data(), static_cast<size_t>(n)};
}

}  // namespace

std::string format_count(int64_t count) {
  const auto number = static_cast<double>(count);
  if (count >= 1'000'000'000) return format_fraction(number / 1e9, 1, 'B');
  if (count >= 1'000'000) return format_fraction(number / 1e6, 2, 'M');
  if (count >= 1'000) return format_fraction(number / 1e3, 0, 'K');
  return std::to_string(count);
}

Facts read_facts(const gguf::File& file) {
  const gguf::Directory& directory = file.directory();
  Facts facts;
  facts.architecture = text_of(directory, "general.architecture");
  uint64_t count = 0;
  for (const gguf::Tensor& tensor : directory.tensors) count += count_elements(tensor);
  facts.parameter_count = static_cast<int64_t>(count);
  facts.parameter_size = format_count(facts.parameter_count);
  const gguf::Value* file_type = directory.find("general.file_type");
  if (file_type != nullptr && file_type->integer()) {
    facts.quantization_level = file_type_name(*file_type->integer());
  }
  if (facts.quantization_level.empty()) facts.quantization_level = find_commonest_type(directory);
  facts.context_length = integer_of(directory, facts.architecture + ".context_length");
  facts.embedding_length = integer_of(directory, facts.architecture + ".embedding_length");
  facts.embeds_only = integer_of(directory, facts.architecture + ".pooling_type") > 0;
  facts.chat_template = text_of(directory, "tokenizer.chat_template");
  return facts;
}

}  // namespace samovar::catalog
