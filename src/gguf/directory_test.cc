#include "gguf/directory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

namespace samovar::gguf {
namespace {

// Bytes of a GGUF file, put together field by field.
class Bytes {
 public:
  template <typename T>
  Bytes& put(T value) {
    const auto* at = reinterpret_cast<const std::byte*>(&value);
    data.insert(data.end(), at, at + sizeof value);
    return *this;
  }
  Bytes& text(std::string_view text) {
    put(uint64_t{text.size()});
    return raw(text);
  }
  Bytes& raw(std::string_view text) {
    const auto* at = reinterpret_cast<const std::byte*>(text.data());
    data.insert(data.end(), at, at + text.size());
    return *this;
  }
  Bytes& key(std::string_view name, ValueType type) { return text(name).put(static_cast<uint32_t>(type)); }
  Bytes& header(uint64_t n_tensors, uint64_t n_values, uint32_t version = 3) {
    return raw("GGUF").put(version).put(n_tensors).put(n_values);
  }
  Bytes& align(size_t to) {
    while (data.size() % to != 0) data.push_back(std::byte{0});
    return *this;
  }

  std::vector<std::byte> data;
};

// Every kind of value and two tensors: 'a' F32 [4, 2], 'b' Q8_0 [32].
Bytes make_file(uint32_t version = 3) {
  Bytes file;
  file.header(2, 7, version);
  file.key("general.architecture", ValueType::kString).text("llama");
  file.key("u", ValueType::kU32).put(uint32_t{7});
  file.key("i", ValueType::kI64).put(int64_t{-5});
  file.key("f", ValueType::kF32).put(1.5F);
  file.key("flag", ValueType::kBool).put(uint8_t{1});
  file.key("words", ValueType::kArray).put(uint32_t{8}).put(uint64_t{3}).text("one").text("").text("three");
  file.key("numbers", ValueType::kArray).put(uint32_t{6}).put(uint64_t{2}).put(0.5F).put(-2.0F);
  file.text("a").put(uint32_t{2}).put(uint64_t{4}).put(uint64_t{2}).put(uint32_t{0}).put(uint64_t{0});
  file.text("b").put(uint32_t{1}).put(uint64_t{32}).put(uint32_t{8}).put(uint64_t{32});
  file.align(32);
  for (int i = 0; i < 8; ++i) file.put(static_cast<float>(i));
  for (int i = 0; i < 34; ++i) file.put(uint8_t{1});
  return file;
}

std::string error_of(const Bytes& file) {
  const auto parsed = parse_directory(file.data);
  return parsed ? "no error" : parsed.error().message;
}

void expect_error(const Bytes& file, Code code, std::initializer_list<std::string_view> parts) {
  const auto parsed = parse_directory(file.data);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, code);
  for (const std::string_view part : parts) {
    EXPECT_NE(parsed.error().message.find(part), std::string::npos)
        << parsed.error().message << " lacks " << part;
  }
}

TEST(Directory, ReadsEveryKindOfValueInBothVersions) {
  for (const uint32_t version : {2U, 3U}) {
    const Bytes file = make_file(version);
    const auto parsed = parse_directory(file.data);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->version, version);
    EXPECT_EQ(parsed->find("general.architecture")->string(), "llama");
    EXPECT_EQ(parsed->find("u")->integer(), 7);
    EXPECT_EQ(parsed->find("i")->integer(), -5);
    EXPECT_EQ(parsed->find("f")->number(), 1.5);
    EXPECT_EQ(parsed->find("flag")->boolean(), true);
    EXPECT_EQ(parsed->find("flag")->integer(), std::nullopt);
    EXPECT_EQ(parsed->find("words")->array()->strings(), (std::vector<std::string_view>{"one", "", "three"}));
    EXPECT_EQ(parsed->find("words")->array()->numbers(), std::nullopt);
    EXPECT_EQ(parsed->find("numbers")->array()->numbers(), (std::vector<double>{0.5, -2.0}));
    EXPECT_EQ(parsed->find("absent"), nullptr);
  }
}

TEST(Directory, FindsTensorsAndTheirBytes) {
  const Bytes file = make_file();
  const auto parsed = parse_directory(file.data);
  ASSERT_TRUE(parsed);
  const Tensor* a = parsed->find_tensor("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->dims[0], 4U);
  EXPECT_EQ(a->dims[1], 2U);
  ASSERT_EQ(a->bytes.size(), 32U);
  float last = 0;
  std::memcpy(&last, a->bytes.data() + 28, 4);
  EXPECT_EQ(last, 7.0F);
  EXPECT_EQ(parsed->find_tensor("b")->bytes.size(), 34U);
}

TEST(Directory, EveryTruncationIsAnErrorThatNamesAPlace) {
  const Bytes whole = make_file();
  for (size_t n = 0; n < whole.data.size(); ++n) {
    // A copy of exactly n bytes, so that a read past the end is one past an allocation.
    const std::vector<std::byte> cut(whole.data.begin(), whole.data.begin() + static_cast<std::ptrdiff_t>(n));
    const auto parsed = parse_directory(cut);
    ASSERT_FALSE(parsed) << n;
    EXPECT_EQ(parsed.error().code, Code::kCorrupt) << n;
    EXPECT_NE(parsed.error().message.find("byte"), std::string::npos) << parsed.error().message;
  }
}

TEST(Directory, DamagedBytesNeverReadOutside) {
  const Bytes whole = make_file();
  std::mt19937 random(11);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::byte> damaged = whole.data;
    for (int i = 0; i < 1 + round % 4; ++i) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random() % 3 == 0 ? 0xFF : random());
    }
    const auto parsed = parse_directory(damaged);
    if (!parsed) continue;
    for (const Tensor& tensor : parsed->tensors) {
      if (tensor.bytes.empty()) continue;
      EXPECT_GE(tensor.bytes.data(), damaged.data());
      EXPECT_LE(tensor.bytes.data() + tensor.bytes.size(), damaged.data() + damaged.size());
    }
  }
}

TEST(Directory, RefusesOtherFilesAndVersions) {
  Bytes other;
  other.raw("PK\x03\x04 something else entirely");
  expect_error(other, Code::kCorrupt, {"not a GGUF file"});
  expect_error(Bytes().header(0, 0, 1), Code::kUnsupported, {"version 1"});
  expect_error(Bytes().header(0, 0, 9), Code::kUnsupported, {"version 9"});
  expect_error(Bytes().header(0, 0, 0x03000000), Code::kUnsupported, {"big-endian"});
}

TEST(Directory, RefusesImpossibleCounts) {
  expect_error(Bytes().header(UINT64_MAX, 0), Code::kCorrupt, {"tensor count", "18446744073709551615"});
  expect_error(Bytes().header(0, UINT64_MAX), Code::kCorrupt, {"metadata count"});
  Bytes array;
  array.header(0, 1).key("list", ValueType::kArray).put(uint32_t{4}).put(UINT64_MAX);
  expect_error(array, Code::kCorrupt, {"'list'", "elements"});
  Bytes text;
  text.header(0, 1).key("name", ValueType::kString).put(UINT64_MAX - 3);
  expect_error(text, Code::kCorrupt, {"'name'", "byte"});
}

TEST(Directory, RefusesWrongTypesAndTwins) {
  Bytes type;
  type.header(0, 1).text("x").put(uint32_t{77}).put(uint64_t{0});
  expect_error(type, Code::kCorrupt, {"'x'", "77"});
  Bytes nested;
  nested.header(0, 1).key("n", ValueType::kArray).put(uint32_t{9}).put(uint64_t{1}).put(uint64_t{0});
  expect_error(nested, Code::kUnsupported, {"'n'", "array of arrays"});
  Bytes twice;
  twice.header(0, 2).key("k", ValueType::kU8).put(uint8_t{1}).key("k", ValueType::kU8).put(uint8_t{2});
  expect_error(twice, Code::kCorrupt, {"'k'", "twice"});
}

struct TensorCase {
  uint32_t n_dims;
  uint64_t dim0;
  uint64_t dim1;
  uint32_t type;
  uint64_t offset;
  std::string_view part;
};

TEST(Directory, RefusesImpossibleTensors) {
  for (const TensorCase& c :
       {TensorCase{0, 1, 1, 0, 0, "dimension count"}, TensorCase{5, 1, 1, 0, 0, "dimension count"},
        TensorCase{2, 0, 1, 0, 0, "dimension 0"}, TensorCase{2, 1ULL << 40, 1ULL << 40, 0, 0, "dimension 1"},
        TensorCase{2, 33, 1, 8, 0, "block of 32"}, TensorCase{2, 32, 1, 8, 7, "multiple of 32"},
        TensorCase{2, 32, 1, 8, 1ULL << 62, "cut off"}, TensorCase{2, 64, 4, 0, 0, "cut off"}}) {
    Bytes file;
    file.header(1, 0).text("w").put(c.n_dims).put(c.dim0).put(c.dim1).put(c.type).put(c.offset).align(32);
    file.data.resize(file.data.size() + 64);
    EXPECT_NE(error_of(file).find(c.part), std::string::npos) << error_of(file);
    EXPECT_NE(error_of(file).find("'w'"), std::string::npos) << error_of(file);
  }
}

TEST(Directory, ListsTensorsOfTypesItDoesNotKnow) {
  Bytes file;
  file.header(1, 0)
      .text("w")
      .put(uint32_t{1})
      .put(uint64_t{256})
      .put(uint32_t{16})
      .put(uint64_t{0})
      .align(32);
  const auto parsed = parse_directory(file.data);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->tensors[0].type_number, 16U);
  EXPECT_TRUE(parsed->tensors[0].bytes.empty());
}

TEST(Directory, HonoursTheAlignmentOfTheFile) {
  for (const uint32_t alignment : {0U, 3U, 1U << 30U}) {
    Bytes file;
    file.header(0, 1).key("general.alignment", ValueType::kU32).put(alignment);
    expect_error(file, Code::kCorrupt, {"general.alignment"});
  }
  Bytes file;
  file.header(1, 1).key("general.alignment", ValueType::kU32).put(uint32_t{64});
  file.text("w").put(uint32_t{1}).put(uint64_t{1}).put(uint32_t{0}).put(uint64_t{0}).align(64).put(2.5F);
  const auto parsed = parse_directory(file.data);
  ASSERT_TRUE(parsed) << parsed.error().message;
  float value = 0;
  std::memcpy(&value, parsed->tensors[0].bytes.data(), 4);
  EXPECT_EQ(value, 2.5F);
}

}  // namespace
}  // namespace samovar::gguf
