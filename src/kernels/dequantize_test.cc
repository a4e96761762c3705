#include "kernels/dequantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include "kernels/half.h"
#include "kernels/table.h"

namespace samovar::kernels {
namespace {

std::vector<char> load_golden() {
  std::ifstream file(SAMOVAR_TEST_DATA "/kernels/dequantize.bin", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Random blocks of all types and their values by the gguf Python package (make_dequantize.py beside them).
TEST(DequantizeRow, AgreesWithTheGgufPackage) {
  const std::vector<char> golden = load_golden();
  std::set<uint32_t> seen;
  for (size_t at = 0; at < golden.size();) {
    uint32_t header[3];  // type, elements, bytes
    ASSERT_LE(at + sizeof header, golden.size());
    std::memcpy(header, &golden[at], sizeof header);
    at += sizeof header;
    ASSERT_LE(at + header[2] + header[1] * sizeof(float), golden.size());
    std::vector<float> expected(header[1]);
    std::memcpy(expected.data(), &golden[at + header[2]], header[1] * sizeof(float));
    const auto type = static_cast<tensor::Type>(header[0]);
    ASSERT_EQ(header[2], tensor::row_bytes(type, header[1]));
    for (const Table* table : available_tables()) {
      std::vector<float> out(header[1]);
      table->dequantize_row(type, reinterpret_cast<const std::byte*>(&golden[at]), header[1], out.data());
      for (size_t i = 0; i < out.size(); ++i) {
        ASSERT_EQ(out[i], expected[i]) << tensor::type_info(type).name << " element " << i;
      }
    }
    at += header[2] + header[1] * sizeof(float);
    seen.insert(header[0]);
  }
  EXPECT_EQ(seen.size(), 15U);
}

TEST(HalfToFloat, IsExactForEveryKindOfNumber) {
  EXPECT_EQ(half_to_float(0x3C00), 1.0F);
  EXPECT_EQ(half_to_float(0xC000), -2.0F);
  EXPECT_EQ(half_to_float(0x7BFF), 65504.0F);
  EXPECT_EQ(half_to_float(0x0400), 0x1p-14F);  // the smallest normal
  EXPECT_EQ(half_to_float(0x0001), 0x1p-24F);  // the smallest subnormal
  EXPECT_EQ(half_to_float(0x83FF), -0x1.FF8p-15F);
  EXPECT_EQ(half_to_float(0x7C00), INFINITY);
  EXPECT_TRUE(std::isnan(half_to_float(0x7E01)));
  EXPECT_TRUE(std::signbit(half_to_float(0x8000)));
}

}  // namespace
}  // namespace samovar::kernels
