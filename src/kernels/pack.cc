#include "kernels/pack.h"

#include <cstring>

#include "base/check.h"
#include "kernels/file_blocks.h"
#include "kernels/interleave.h"
#include "kernels/panel_layout.h"

namespace samovar::kernels {
namespace {

using tensor::Type;

constexpr size_t kMaxRows = 16;

PanelShape shape_of(Type type) {
  switch (type) {
    case Type::kQ4_0:
      return kShapeQ4_0;
    case Type::kQ4_1:
      return kShapeQ4_1;
    case Type::kQ5_0:
      return kShapeQ5_0;
    case Type::kQ5_1:
      return kShapeQ5_1;
    case Type::kQ8_0:
      return kShapeQ8_0;
    case Type::kQ2_K:
      return kShapeQ2_K;
    case Type::kQ3_K:
      return kShapeQ3_K;
    case Type::kQ4_K:
      return kShapeQ4_K;
    case Type::kQ5_K:
      return kShapeQ5_K;
    case Type::kQ6_K:
      return kShapeQ6_K;
    case Type::kIQ4_NL:
      return kShapeIQ4_NL;
    case Type::kIQ4_XS:
      return kShapeIQ4_XS;
    default:
      CHECK(false && "a type that is not packed");
  }
}

// --- one row: file block -> the row's unit ---------------------------------------------------------

uint32_t gather_fields(uint32_t spread) {  // bits 0, 4, 8, .. 28 to bits 0..7
  spread &= 0x11111111U;
  spread = (spread | (spread >> 3)) & 0x03030303U;
  spread = (spread | (spread >> 6)) & 0x000F000FU;
  return (spread | (spread >> 12)) & 0xFFU;
}

// The fifth bits of Q5_0 and Q5_1 (bit i of the word: weight i) to a one-bit plane.
void plane_from_word(const uint8_t* word, uint8_t* plane) {
  uint32_t bits;
  std::memcpy(&bits, word, sizeof bits);
  for (unsigned i = 0; i < 4; ++i) plane[i] = static_cast<uint8_t>(gather_fields(bits >> i));
}

void write_nibbles(const uint8_t* codes, uint8_t* plane) {
  for (size_t i = 0; i < 16; ++i) {
    plane[i] = static_cast<uint8_t>((codes[i] & 0x0FU) | (static_cast<unsigned>(codes[16 + i]) << 4));
  }
}

uint32_t group_word(const uint8_t* codes, size_t group) {
  uint32_t word;
  std::memcpy(&word, codes + 4 * group, sizeof word);
  return word;
}

// Bit `bit` of the 32 codes to a one-bit plane.
void write_one_bit(const uint8_t* codes, unsigned bit, uint8_t* plane) {
  uint32_t chunk = 0;
  for (size_t j = 0; j < 8; ++j) chunk |= ((group_word(codes, j) >> bit) & 0x01010101U) << j;
  std::memcpy(plane, &chunk, sizeof chunk);
}

// Bits `bit` and `bit` + 1 of the 32 codes to a two-bit plane.
void write_two_bits(const uint8_t* codes, unsigned bit, uint8_t* plane) {
  for (size_t c = 0; c < 2; ++c) {
    uint32_t chunk = 0;
    for (size_t i = 0; i < 4; ++i) {
      chunk |= ((group_word(codes, 4 * c + i) >> bit) & 0x03030303U) << (2 * i);
    }
    std::memcpy(plane + 4 * c, &chunk, sizeof chunk);
  }
}

void write_planes(Type type, const uint8_t* codes, uint8_t* planes) {
  switch (type) {
    case Type::kQ2_K:
      return write_two_bits(codes, 0, planes);
    case Type::kQ3_K:
      write_one_bit(codes, 2, planes);
      return write_two_bits(codes, 0, planes + 4);
    case Type::kQ5_K:
      write_one_bit(codes, 4, planes);
      return write_nibbles(codes, planes + 4);
    case Type::kQ6_K:
      write_two_bits(codes, 4, planes);
      return write_nibbles(codes, planes + 8);
    default:
      return write_nibbles(codes, planes);
  }
}

// The 1-byte fields of block `index` of a unit.
void write_block_bytes(Type type, const SuperBlock& block, size_t index, uint8_t* bytes) {
  switch (type) {
    case Type::kQ2_K:
      for (size_t half = 0; half < 2; ++half) {
        const size_t s = 2 * index + half;
        bytes[half] = static_cast<uint8_t>(block.scales[s] | (block.mins[s] << 4));
      }
      return;
    case Type::kQ4_K:
    case Type::kQ5_K:
      bytes[0] = block.scales[index];
      bytes[1] = block.mins[index];
      return;
    case Type::kIQ4_XS:
      bytes[0] = block.scales[index];
      return;
    default:
      bytes[0] = block.scales[2 * index];
      bytes[1] = block.scales[2 * index + 1];
      return;
  }
}

void write_super_unit(Type type, const uint8_t* file_block, uint8_t* unit) {
  SuperBlock block;
  open_super_block(type, file_block, block);
  const PanelShape shape = shape_of(type);
  std::memcpy(unit, &block.d, 2);
  if (shape.halves == 2) std::memcpy(unit + 2, &block.d_min, 2);
  uint8_t* at = unit + shape.head_bytes();
  for (size_t index = 0; index < shape.blocks; ++index, at += shape.block_bytes()) {
    write_block_bytes(type, block, index, at);
    write_planes(type, block.codes + 32 * index, at + shape.bytes);
  }
}

// Writes the unit of one row; or gives the file block itself where it already has the unit's form.
const uint8_t* row_unit(Type type, const uint8_t* file_block, uint8_t* unit) {
  switch (type) {
    case Type::kQ4_0:
    case Type::kQ4_1:
    case Type::kQ8_0:
    case Type::kIQ4_NL:
      return file_block;
    case Type::kQ5_0:
    case Type::kQ5_1: {
      const size_t head = type == Type::kQ5_0 ? 2 : 4;
      std::memcpy(unit, file_block, head + 20);
      plane_from_word(file_block + head, unit + head);
      return unit;
    }
    default:
      write_super_unit(type, file_block, unit);
      return unit;
  }
}

}  // namespace

bool packs(Type type) { return tensor::type_info(type).block_elements > 1; }

size_t panel_bytes(Type type, size_t cols, size_t panel_rows) {
  return cols / tensor::type_info(type).block_elements * shape_of(type).unit_bytes() * panel_rows;
}

template <size_t kRows>
void pack_panel(const PackTask& task) {
  constexpr uint8_t kZeros[320] = {};
  const PanelShape shape = shape_of(task.type);
  const tensor::TypeInfo& info = tensor::type_info(task.type);
  const size_t n_units = task.cols / info.block_elements;
  const size_t row_bytes = n_units * info.block_bytes;
  const auto* rows = reinterpret_cast<const uint8_t*>(task.file_rows);
  auto* out = reinterpret_cast<uint8_t*>(task.panel);
  uint8_t scratch[kMaxRows][320];
  const uint8_t* units[kMaxRows];
  for (size_t u = 0; u < n_units; ++u) {
    for (size_t r = 0; r < kRows; ++r) {
      const uint8_t* file_block = rows + r * row_bytes + u * info.block_bytes;
      units[r] = r < task.n_rows ? row_unit(task.type, file_block, scratch[r]) : kZeros;
    }
    out = interleave_unit<kRows>(shape, units, out);
  }
}

template void pack_panel<8>(const PackTask& task);
template void pack_panel<16>(const PackTask& task);

}  // namespace samovar::kernels
