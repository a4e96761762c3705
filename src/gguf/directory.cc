#include "gguf/directory.h"

#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

namespace samovar::gguf {
namespace {

constexpr uint64_t kMaxKeyBytes = 65535;  // the specification's limit of a key
constexpr uint64_t kMaxNameBytes = 1024;  // llama.cpp writes at most 64
constexpr uint64_t kMinValueBytes = 8 + 4 + 1;
constexpr uint64_t kMinTensorBytes = 8 + 4 + 8 + 4 + 8;

// Bytes of one element; 0 for strings and arrays, whose size varies.
size_t element_bytes(ValueType type) {
  switch (type) {
    case ValueType::kU8:
    case ValueType::kI8:
    case ValueType::kBool:
      return 1;
    case ValueType::kU16:
    case ValueType::kI16:
      return 2;
    case ValueType::kU32:
    case ValueType::kI32:
    case ValueType::kF32:
      return 4;
    case ValueType::kU64:
    case ValueType::kI64:
    case ValueType::kF64:
      return 8;
    case ValueType::kString:
    case ValueType::kArray:
      break;
  }
  return 0;
}

// Walks the bytes; the first failure stays and every later read gives zero.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] size_t offset() const { return offset_; }
  [[nodiscard]] size_t left() const { return bytes_.size() - offset_; }

  void fail(Code code, const std::string& what) {
    if (failed_) return;
    failed_ = true;
    error_ = {code, "GGUF: " + what + " at byte " + std::to_string(offset_)};
  }

  std::span<const std::byte> take(uint64_t n, const std::string& what) {
    if (failed_) return {};
    if (n > left()) {
      fail(Code::kCorrupt, what + " needs " + std::to_string(n) + " bytes, the file has " +
                               std::to_string(left()) + " more,");
      return {};
    }
    const auto part = bytes_.subspan(offset_, n);
    offset_ += n;
    return part;
  }

  template <typename T>
  T read(const std::string& what) {
    const auto part = take(sizeof(T), what);
    T value{};
    if (!part.empty()) std::memcpy(&value, part.data(), sizeof value);
    return value;
  }

  std::string_view read_string(const std::string& what, uint64_t max_bytes) {
    const auto length = read<uint64_t>("length of " + what);
    if (!failed_ && length > max_bytes) {
      fail(Code::kCorrupt, "length of " + what + " is " + std::to_string(length) + ", more than " +
                               std::to_string(max_bytes) + ",");
    }
    const auto part = take(length, what);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  size_t offset_ = 0;
  bool failed_ = false;
  Error error_;
};

ValueType read_type(Cursor& in, const std::string& what) {
  const auto number = in.read<uint32_t>("type of " + what);
  if (!in.failed() && number > static_cast<uint32_t>(ValueType::kF64)) {
    in.fail(Code::kCorrupt, "type of " + what + " is " + std::to_string(number) + ", not one of 0 to 12,");
    return ValueType::kU8;
  }
  return static_cast<ValueType>(number);
}

Array read_array(Cursor& in, const std::string& what) {
  Array array;
  array.element = read_type(in, "elements of " + what);
  array.count = in.read<uint64_t>("element count of " + what);
  if (in.failed()) return {};
  if (array.element == ValueType::kArray) {
    in.fail(Code::kUnsupported, what + " is an array of arrays");
    return {};
  }
  const size_t size = element_bytes(array.element);
  const size_t least = size == 0 ? 8 : size;  // a string takes at least its length field
  if (array.count > in.left() / least) {
    in.fail(Code::kCorrupt,
            what + " claims " + std::to_string(array.count) + " elements, more than the file can hold,");
    return {};
  }
  if (size != 0) {
    array.bytes = in.take(array.count * size, what);
    return array;
  }
  Cursor start = in;
  const size_t begin = in.offset();
  for (uint64_t i = 0; i < array.count && !in.failed(); ++i) {
    in.read_string(what, std::numeric_limits<uint64_t>::max());
  }
  array.bytes = start.take(in.offset() - begin, what);
  return array;
}

Value read_value(Cursor& in, ValueType type, const std::string& what) {
  Value value;
  value.type = type;
  switch (type) {
    case ValueType::kU8:
      value.data = uint64_t{in.read<uint8_t>(what)};
      break;
    case ValueType::kU16:
      value.data = uint64_t{in.read<uint16_t>(what)};
      break;
    case ValueType::kU32:
      value.data = uint64_t{in.read<uint32_t>(what)};
      break;
    case ValueType::kU64:
      value.data = in.read<uint64_t>(what);
      break;
    case ValueType::kI8:
      value.data = int64_t{in.read<int8_t>(what)};
      break;
    case ValueType::kI16:
      value.data = int64_t{in.read<int16_t>(what)};
      break;
    case ValueType::kI32:
      value.data = int64_t{in.read<int32_t>(what)};
      break;
    case ValueType::kI64:
      value.data = in.read<int64_t>(what);
      break;
    case ValueType::kF32:
      value.data = static_cast<double>(in.read<float>(what));
      break;
    case ValueType::kF64:
      value.data = in.read<double>(what);
      break;
    case ValueType::kBool:
      value.data = in.read<uint8_t>(what) != 0;
      break;
    case ValueType::kString:
      value.data = in.read_string(what, std::numeric_limits<uint64_t>::max());
      break;
    case ValueType::kArray:
      value.data = read_array(in, what);
      break;
  }
  return value;
}

void read_metadata(Cursor& in, uint64_t count, Directory& out) {
  if (count > in.left() / kMinValueBytes) {
    in.fail(Code::kCorrupt, "metadata count is " + std::to_string(count) + ", more than the file can hold,");
    return;
  }
  out.metadata.reserve(count);
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    const auto key = in.read_string("metadata key " + std::to_string(i), kMaxKeyBytes);
    const std::string what = "metadata '" + std::string(key) + "'";
    const ValueType type = read_type(in, what);
    out.metadata.emplace_back(key, read_value(in, type, what));
    if (!in.failed() && !out.metadata_index.emplace(key, i).second)
      in.fail(Code::kCorrupt, what + " stands twice,");
  }
}

// Elements of the tensor, or 0 after a failure: counts are checked against overflow.
uint64_t read_shape(Cursor& in, Tensor& tensor, const std::string& what) {
  tensor.n_dims = in.read<uint32_t>("dimension count of " + what);
  if (!in.failed() && (tensor.n_dims == 0 || tensor.n_dims > 4)) {
    in.fail(Code::kCorrupt,
            "dimension count of " + what + " is " + std::to_string(tensor.n_dims) + ", not 1 to 4,");
  }
  uint64_t elements = 1;
  for (uint32_t d = 0; d < tensor.n_dims && !in.failed(); ++d) {
    const auto dim = in.read<uint64_t>("dimension " + std::to_string(d) + " of " + what);
    if (in.failed()) break;
    if (dim == 0 || dim > std::numeric_limits<int64_t>::max() / elements) {
      in.fail(Code::kCorrupt,
              "dimension " + std::to_string(d) + " of " + what + " is " + std::to_string(dim) + ",");
      break;
    }
    tensor.dims[d] = dim;
    elements *= dim;
  }
  return in.failed() ? 0 : elements;
}

struct Placement {  // where a tensor's data lies, before the data's start is known
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

Placement read_tensor(Cursor& in, uint64_t alignment, Tensor& tensor, const std::string& what) {
  const uint64_t elements = read_shape(in, tensor, what);
  tensor.type_number = in.read<uint32_t>("type of " + what);
  Placement place;
  place.offset = in.read<uint64_t>("offset of " + what);
  if (in.failed()) return place;
  if (place.offset % alignment != 0) {
    in.fail(Code::kCorrupt, "offset of " + what + " is " + std::to_string(place.offset) +
                                ", not a multiple of " + std::to_string(alignment) + ",");
    return place;
  }
  const auto info = tensor::find_type(tensor.type_number);
  if (!info) return place;
  if (tensor.dims[0] % info->block_elements != 0) {
    in.fail(Code::kCorrupt, "row length of " + what + " is " + std::to_string(tensor.dims[0]) +
                                ", not a multiple of " + std::string(info->name) + "'s block of " +
                                std::to_string(info->block_elements) + ",");
    return place;
  }
  const uint64_t blocks = elements / info->block_elements;
  if (blocks > std::numeric_limits<int64_t>::max() / info->block_bytes) {
    in.fail(Code::kCorrupt, "size of " + what + " overflows");
    return place;
  }
  place.bytes = blocks * info->block_bytes;
  return place;
}

void read_tensors(Cursor& in, uint64_t count, std::span<const std::byte> bytes, Directory& out) {
  if (count > in.left() / kMinTensorBytes) {
    in.fail(Code::kCorrupt, "tensor count is " + std::to_string(count) + ", more than the file can hold,");
    return;
  }
  std::vector<Placement> places;
  places.reserve(count);
  out.tensors.reserve(count);
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    Tensor tensor;
    tensor.name = in.read_string("name of tensor " + std::to_string(i), kMaxNameBytes);
    const std::string what = "tensor '" + std::string(tensor.name) + "'";
    places.push_back(read_tensor(in, out.alignment, tensor, what));
    if (!in.failed() && !out.tensor_index.emplace(tensor.name, i).second)
      in.fail(Code::kCorrupt, what + " stands twice,");
    out.tensors.push_back(tensor);
  }
  if (in.failed()) return;
  const size_t data = (in.offset() + out.alignment - 1) / out.alignment * out.alignment;
  for (size_t i = 0; i < places.size(); ++i) {
    const auto [offset, size] = places[i];
    if (data > bytes.size() || offset > bytes.size() - data || size > bytes.size() - data - offset) {
      in.fail(Code::kCorrupt, "tensor '" + std::string(out.tensors[i].name) + "' ends " +
                                  std::to_string(data + offset + size) + " bytes into a file of " +
                                  std::to_string(bytes.size()) +
                                  " bytes: the file is cut off or damaged, seen");
      return;
    }
    out.tensors[i].bytes = bytes.subspan(data + offset, size);
  }
}

void read_alignment(Cursor& in, Directory& out) {
  const Value* value = out.find("general.alignment");
  if (value == nullptr || in.failed()) return;
  const auto alignment = value->integer();
  if (!alignment || *alignment <= 0 || !std::has_single_bit(static_cast<uint64_t>(*alignment)) ||
      *alignment > (int64_t{1} << 20)) {
    in.fail(Code::kCorrupt, "metadata 'general.alignment' is not a power of two,");
    return;
  }
  out.alignment = static_cast<uint64_t>(*alignment);
}

}  // namespace

const Value* Directory::find(std::string_view key) const {
  const auto at = metadata_index.find(key);
  return at == metadata_index.end() ? nullptr : &metadata[at->second].second;
}

const Tensor* Directory::find_tensor(std::string_view name) const {
  const auto at = tensor_index.find(name);
  return at == tensor_index.end() ? nullptr : &tensors[at->second];
}

Result<Directory> parse_directory(std::span<const std::byte> bytes) {
  static_assert(std::endian::native == std::endian::little);
  Cursor in(bytes);
  Directory out;
  const auto magic = in.take(4, "magic");
  if (in.failed()) return in.error();
  if (std::memcmp(magic.data(), "GGUF", 4) != 0)
    return Error{Code::kCorrupt, "not a GGUF file: it does not begin with 'GGUF'"};
  out.version = in.read<uint32_t>("version");
  if (in.failed()) return in.error();
  if (out.version == 0x02000000U || out.version == 0x03000000U) {
    return Error{Code::kUnsupported, "GGUF: the file is big-endian"};
  }
  if (out.version != 2 && out.version != 3) {
    return Error{Code::kUnsupported,
                 "GGUF: version " + std::to_string(out.version) + " is not supported (2 and 3 are)"};
  }
  const auto n_tensors = in.read<uint64_t>("tensor count");
  const auto n_values = in.read<uint64_t>("metadata count");
  if (!in.failed()) read_metadata(in, n_values, out);
  if (!in.failed()) read_alignment(in, out);
  if (!in.failed()) read_tensors(in, n_tensors, bytes, out);
  if (in.failed()) return in.error();
  return out;
}

}  // namespace samovar::gguf
