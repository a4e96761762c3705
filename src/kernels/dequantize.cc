#include "kernels/dequantize.h"

#include <cstring>

#include "base/check.h"
#include "kernels/file_blocks.h"
#include "kernels/half.h"
#include "kernels/panel_layout.h"

namespace samovar::kernels {
namespace {

using tensor::Type;

uint16_t read_half(const uint8_t* bytes) {
  uint16_t half;
  std::memcpy(&half, bytes, sizeof half);
  return half;
}

// 32 nibbles of a simple block: byte i holds weight i (low) and weight i + 16 (high).
void open_nibbles(const uint8_t* bytes, uint8_t* codes) {
  for (size_t i = 0; i < 16; ++i) {
    codes[i] = bytes[i] & 0x0FU;
    codes[16 + i] = static_cast<uint8_t>(bytes[i] >> 4);
  }
}

// Adds the fifth bits: bit i of the word belongs to weight i.
void add_fifth_bits(const uint8_t* bytes, uint8_t* codes) {
  uint32_t bits;
  std::memcpy(&bits, bytes, sizeof bits);
  for (size_t i = 0; i < 32; ++i) codes[i] = static_cast<uint8_t>(codes[i] | (((bits >> i) & 1U) << 4));
}

// out = d * (code - offset) + minimum
struct Affine {
  float d;
  float offset;
  float minimum;
};
void write_affine(const uint8_t* codes, size_t n, const Affine& map, float* out) {
  for (size_t i = 0; i < n; ++i) {
    out[i] = map.d * (static_cast<float>(codes[i]) - map.offset) + map.minimum;
  }
}

void dequantize_block32(Type type, const uint8_t* block, float* out) {
  const float d = half_to_float(read_half(block));
  uint8_t codes[32];
  switch (type) {
    case Type::kQ4_0:
      open_nibbles(block + 2, codes);
      return write_affine(codes, 32, {d, 8, 0}, out);
    case Type::kQ4_1:
      open_nibbles(block + 4, codes);
      return write_affine(codes, 32, {d, 0, half_to_float(read_half(block + 2))}, out);
    case Type::kQ5_0:
      open_nibbles(block + 6, codes);
      add_fifth_bits(block + 2, codes);
      return write_affine(codes, 32, {d, 16, 0}, out);
    case Type::kQ5_1:
      open_nibbles(block + 8, codes);
      add_fifth_bits(block + 4, codes);
      return write_affine(codes, 32, {d, 0, half_to_float(read_half(block + 2))}, out);
    case Type::kQ8_0:
      for (size_t i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<int8_t>(block[2 + i]));
      return;
    case Type::kIQ4_NL:
      open_nibbles(block + 2, codes);
      for (size_t i = 0; i < 32; ++i) out[i] = d * static_cast<float>(kIq4Values[codes[i]]);
      return;
    default:
      CHECK(false && "not a type with blocks of 32");
  }
}

void dequantize_block256(Type type, const uint8_t* bytes, float* out) {
  SuperBlock block;
  open_super_block(type, bytes, block);
  const float d = half_to_float(block.d);
  const float d_min = half_to_float(block.d_min);
  const bool sixteens = type == Type::kQ2_K || type == Type::kQ3_K || type == Type::kQ6_K;
  const bool signed_scales = type == Type::kQ3_K || type == Type::kQ6_K || type == Type::kIQ4_XS;
  const float offset = type == Type::kQ3_K ? 4.0F : type == Type::kQ6_K ? 32.0F : 0.0F;
  const size_t width = sixteens ? 16 : 32;
  for (size_t s = 0; s < 256 / width; ++s) {
    const int scale = signed_scales ? static_cast<int8_t>(block.scales[s]) : block.scales[s];
    const float sub_d = d * static_cast<float>(scale);
    const float minimum = -(d_min * static_cast<float>(block.mins[s]));
    const uint8_t* codes = block.codes + width * s;
    float* to = out + width * s;
    if (type == Type::kIQ4_XS) {
      for (size_t i = 0; i < width; ++i) to[i] = sub_d * static_cast<float>(kIq4Values[codes[i]]);
    } else {
      write_affine(codes, width, {sub_d, offset, minimum}, to);
    }
  }
}

}  // namespace

void dequantize_row(Type type, const std::byte* row, size_t n, float* out) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(row);
  if (type == Type::kF32) {
    std::memcpy(out, bytes, n * sizeof(float));
  } else if (type == Type::kF16) {
    for (size_t i = 0; i < n; ++i) out[i] = half_to_float(read_half(bytes + 2 * i));
  } else if (type == Type::kBF16) {
    for (size_t i = 0; i < n; ++i) out[i] = bfloat_to_float(read_half(bytes + 2 * i));
  } else {
    const tensor::TypeInfo& info = tensor::type_info(type);
    for (size_t at = 0; at < n; at += info.block_elements, bytes += info.block_bytes) {
      if (info.block_elements == 32) {
        dequantize_block32(type, bytes, out + at);
      } else {
        dequantize_block256(type, bytes, out + at);
      }
    }
  }
}

}  // namespace samovar::kernels
