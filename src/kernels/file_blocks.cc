#include "kernels/file_blocks.h"

#include <cstring>

#include "base/check.h"

namespace samovar::kernels {
namespace {

uint16_t read_half(const uint8_t* bytes) {
  uint16_t half;
  std::memcpy(&half, bytes, sizeof half);
  return half;
}

// Codes of kBits bits in planes of 32 bytes: weight 32 * p + i of a group is field p of byte i.
template <unsigned kBits>
void open_fields(const uint8_t* bytes, size_t n_bytes, uint8_t* codes) {
  constexpr size_t kPerByte = 8 / kBits;
  constexpr auto kMask = static_cast<uint8_t>((1U << kBits) - 1);
  for (size_t at = 0; at < n_bytes; at += 32) {
    for (size_t field = 0; field < kPerByte; ++field) {
      for (size_t i = 0; i < 32; ++i) {
        codes[at * kPerByte + 32 * field + i] =
            static_cast<uint8_t>(bytes[at + i] >> (kBits * field)) & kMask;
      }
    }
  }
}

// The 6-bit scales and minima of Q4_K and Q5_K: 8 of each in 12 bytes.
void open_scales_and_mins(const uint8_t* bytes, SuperBlock& block) {
  for (size_t i = 0; i < 4; ++i) {
    const unsigned low = bytes[i];
    const unsigned mid = bytes[4 + i];
    const unsigned high = bytes[8 + i];
    block.scales[i] = static_cast<uint8_t>(low & 0x3FU);
    block.mins[i] = static_cast<uint8_t>(mid & 0x3FU);
    block.scales[4 + i] = static_cast<uint8_t>((high & 0x0FU) | ((low >> 2) & 0x30U));
    block.mins[4 + i] = static_cast<uint8_t>((high >> 4) | ((mid >> 2) & 0x30U));
  }
}

void open_q2_k(const uint8_t* bytes, SuperBlock& block) {
  for (size_t i = 0; i < 16; ++i) {
    block.scales[i] = bytes[i] & 0x0FU;
    block.mins[i] = static_cast<uint8_t>(bytes[i] >> 4);
  }
  open_fields<2>(bytes + 16, 64, block.codes);
  block.d = read_half(bytes + 80);
  block.d_min = read_half(bytes + 82);
}

void open_q3_k(const uint8_t* bytes, SuperBlock& block) {
  open_fields<2>(bytes + 32, 64, block.codes);
  uint8_t high[256];
  open_fields<1>(bytes, 32, high);
  for (size_t i = 0; i < 256; ++i) block.codes[i] = static_cast<uint8_t>(block.codes[i] | (high[i] << 2));
  const uint8_t* scales = bytes + 96;
  for (size_t i = 0; i < 16; ++i) {
    const unsigned low = (scales[i % 8] >> (4 * (i / 8))) & 0x0FU;
    const unsigned top = (scales[8 + i % 4] >> (2 * (i / 4))) & 0x03U;
    block.scales[i] = static_cast<uint8_t>((low | (top << 4)) - 32U);
  }
  block.d = read_half(bytes + 108);
}

void open_q4_k(const uint8_t* bytes, SuperBlock& block) {
  block.d = read_half(bytes);
  block.d_min = read_half(bytes + 2);
  open_scales_and_mins(bytes + 4, block);
  open_fields<4>(bytes + 16, 128, block.codes);
}

void open_q5_k(const uint8_t* bytes, SuperBlock& block) {
  block.d = read_half(bytes);
  block.d_min = read_half(bytes + 2);
  open_scales_and_mins(bytes + 4, block);
  open_fields<4>(bytes + 48, 128, block.codes);
  uint8_t high[256];
  open_fields<1>(bytes + 16, 32, high);
  for (size_t i = 0; i < 256; ++i) block.codes[i] = static_cast<uint8_t>(block.codes[i] | (high[i] << 4));
}

void open_q6_k(const uint8_t* bytes, SuperBlock& block) {
  for (size_t part = 0; part < 2; ++part) {  // 128 weights: two runs of 64 nibbles, four of 32 bit pairs
    const uint8_t* low = bytes + 64 * part;
    uint8_t* codes = block.codes + 128 * part;
    for (size_t i = 0; i < 64; ++i) {
      codes[i] = low[i] & 0x0FU;
      codes[64 + i] = static_cast<uint8_t>(low[i] >> 4);
    }
  }
  uint8_t high[256];
  open_fields<2>(bytes + 128, 64, high);
  for (size_t i = 0; i < 256; ++i) block.codes[i] = static_cast<uint8_t>(block.codes[i] | (high[i] << 4));
  std::memcpy(block.scales, bytes + 192, 16);
  block.d = read_half(bytes + 208);
}

void open_iq4_xs(const uint8_t* bytes, SuperBlock& block) {
  block.d = read_half(bytes);
  const unsigned top = read_half(bytes + 2);
  for (size_t i = 0; i < 8; ++i) {
    const unsigned low = (bytes[4 + i / 2] >> (4 * (i % 2))) & 0x0FU;
    block.scales[i] = static_cast<uint8_t>((low | (((top >> (2 * i)) & 0x03U) << 4)) - 32U);
  }
  const uint8_t* nibbles = bytes + 8;
  for (size_t i = 0; i < 128; ++i) {
    uint8_t* codes = block.codes + i / 16 * 32 + i % 16;
    codes[0] = nibbles[i] & 0x0FU;
    codes[16] = static_cast<uint8_t>(nibbles[i] >> 4);
  }
}

}  // namespace

void open_super_block(tensor::Type type, const uint8_t* file_block, SuperBlock& block) {
  switch (type) {
    case tensor::Type::kQ2_K:
      return open_q2_k(file_block, block);
    case tensor::Type::kQ3_K:
      return open_q3_k(file_block, block);
    case tensor::Type::kQ4_K:
      return open_q4_k(file_block, block);
    case tensor::Type::kQ5_K:
      return open_q5_k(file_block, block);
    case tensor::Type::kQ6_K:
      return open_q6_k(file_block, block);
    case tensor::Type::kIQ4_XS:
      return open_iq4_xs(file_block, block);
    default:
      CHECK(false && "not a type with blocks of 256");
  }
}

}  // namespace samovar::kernels
