#include "gguf/writer.h"

#include <cstring>

namespace samovar::gguf {
namespace {

constexpr uint32_t kVersion = 3;

template <typename T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void put_text(std::string& out, std::string_view text) {
  put(out, uint64_t{text.size()});
  out += text;
}

template <typename T>
void put_number(std::string& out, const Value& value) {
  std::visit(
      [&out](const auto& data) {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_arithmetic_v<Data>) put(out, static_cast<T>(data));
      },
      value.data);
}

void put_value(std::string& out, const Value& value) {
  put(out, static_cast<uint32_t>(value.type));
  switch (value.type) {
    case ValueType::kU8:
    case ValueType::kBool:
      return put_number<uint8_t>(out, value);
    case ValueType::kI8:
      return put_number<int8_t>(out, value);
    case ValueType::kU16:
      return put_number<uint16_t>(out, value);
    case ValueType::kI16:
      return put_number<int16_t>(out, value);
    case ValueType::kU32:
      return put_number<uint32_t>(out, value);
    case ValueType::kI32:
      return put_number<int32_t>(out, value);
    case ValueType::kF32:
      return put_number<float>(out, value);
    case ValueType::kU64:
      return put_number<uint64_t>(out, value);
    case ValueType::kI64:
      return put_number<int64_t>(out, value);
    case ValueType::kF64:
      return put_number<double>(out, value);
    case ValueType::kString:
      return put_text(out, std::get<std::string_view>(value.data));
    case ValueType::kArray: {
      const Array& array = std::get<Array>(value.data);
      put(out, static_cast<uint32_t>(array.element));
      put(out, array.count);
      out.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
      return;
    }
  }
}

uint64_t round_up(uint64_t n, uint64_t alignment) { return (n + alignment - 1) / alignment * alignment; }

}  // namespace

Header make_header(const std::vector<std::pair<std::string_view, Value>>& metadata,
                   const std::vector<TensorPlan>& tensors, uint64_t alignment) {
  Header header;
  std::string& out = header.bytes;
  out = "GGUF";
  put(out, kVersion);
  put(out, uint64_t{tensors.size()});
  put(out, uint64_t{metadata.size()});
  for (const auto& [key, value] : metadata) {
    put_text(out, key);
    put_value(out, value);
  }
  for (const TensorPlan& tensor : tensors) {
    put_text(out, tensor.name);
    put(out, tensor.n_dims);
    for (uint32_t d = 0; d < tensor.n_dims; ++d) put(out, tensor.dims[d]);
    put(out, tensor.type_number);
    put(out, header.data_bytes);
    header.offsets.push_back(header.data_bytes);
    header.data_bytes += round_up(tensor.n_bytes, alignment);
  }
  out.resize(round_up(out.size(), alignment), '\0');
  return header;
}

}  // namespace samovar::gguf
