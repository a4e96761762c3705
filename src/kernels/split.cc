#include "kernels/split.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "kernels/activations.h"
#include "kernels/file_blocks.h"
#include "kernels/interleave.h"
#include "kernels/split_layout.h"

namespace samovar::kernels {
namespace {

using tensor::Type;

constexpr size_t kBlock = 32;
constexpr size_t kSuperBlock = 256;
constexpr size_t kMaxCols = 16384;  // bounds the rounding in slack_of_row
constexpr size_t kMaxPanelRows = 16;
constexpr float kLargestNorm = 1e20F;

size_t count_runs(Type type, size_t cols) { return cols / (type == Type::kQ8_0 ? 32 : 16); }

PanelShape high_shape(Type type) { return type == Type::kQ8_0 ? kShapeHighQ8_0 : kShapeHighQ6_K; }

// The bound's factor of a row (docs/decisions/005-exact-split-head.md): `largest` is the largest squared norm
// of a run's low codes about their centre, times 4. What is added covers the rounding of at most n_runs + 32
// float operations on terms whose sizes add up to (norm of low codes + norm of centres) per unit of the
// bound, twice over.
float slack_of_row(Type type, size_t n_runs, int32_t largest) {
  const bool q8 = type == Type::kQ8_0;
  const double rounding = static_cast<double>(n_runs + 32) * 0x1p-23;
  const double width = std::sqrt(q8 ? 32.0 : 16.0);
  const double sizes = width * (q8 ? 7.0 + 3.5 : 3.0 + 1.5);
  const double norm = std::sqrt(static_cast<double>(largest)) / 2;
  const double step = q8 ? kHighStepQ8_0 : kHighStepQ6_K;  // the high plane's scales have it in them
  const double slack = (norm + rounding * sizes) * (1 + 4 * rounding) / step;
  return std::nextafter(static_cast<float>(slack), std::numeric_limits<float>::infinity());
}

// 4 * sum (code - centre)^2 of n codes; twice_centre is odd.
int32_t squares_about(const uint8_t* codes, size_t n, int32_t twice_centre) {
  int32_t sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const int32_t twice = 2 * codes[i] - twice_centre;
    sum += twice * twice;
  }
  return sum;
}

// Eight codes at a time.
uint64_t read_codes(const uint8_t* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
void write_codes(uint8_t* at, uint64_t word) { std::memcpy(at, &word, sizeof word); }
constexpr uint64_t kEveryByte = 0x0101010101010101U;

// Low four bits of each of 32 codes: byte i holds codes i and i + 16.
void pack_nibbles(const uint8_t* codes, uint8_t* out) {
  constexpr uint64_t kMask = 15 * kEveryByte;
  for (size_t i = 0; i < 16; i += 8) {
    write_codes(out + i, (read_codes(codes + i) & kMask) | (read_codes(codes + 16 + i) & kMask) << 4);
  }
}

// Low two bits of each of 32 codes.
void pack_pairs(const uint8_t* codes, uint8_t* out) {
  uint64_t word = 0;
  for (unsigned j = 0; j < 4; ++j) word |= (read_codes(codes + 8 * j) & 3 * kEveryByte) << (2 * j);
  write_codes(out, word);
}

// One bit of each of 32 codes.
void pack_bits(const uint8_t* codes, unsigned bit, uint8_t* out) {
  uint64_t word = 0;  // codes k and k + 4 of eight stand in different halves
  for (unsigned j = 0; j < 4; ++j) word |= ((read_codes(codes + 8 * j) >> bit) & kEveryByte) << (2 * j);
  const auto bits = static_cast<uint32_t>(word | (word >> 31));
  std::memcpy(out, &bits, sizeof bits);
}

// Codes cut in two: high and low bits.
void cut_codes(const uint8_t* codes, unsigned low_bits, uint8_t* high, uint8_t* low) {
  const uint64_t low_mask = ((1U << low_bits) - 1) * kEveryByte;
  for (size_t i = 0; i < kBlock; i += 8) {
    const uint64_t word = read_codes(codes + i);
    write_codes(high + i, (word & ~low_mask) >> low_bits);
    write_codes(low + i, word & low_mask);
  }
}

struct SplitRow {
  const uint8_t* file = nullptr;
  uint8_t* low = nullptr;
  int32_t largest = 0;  // see slack_of_row
};

// One block of a Q8_0 row: writes its unit of the high plane and its part of the low one.
void split_q8_0(SplitRow& row, size_t unit, size_t n_units, uint8_t* high) {
  const uint8_t* block = row.file + 34 * unit;
  uint8_t high_codes[kBlock];
  uint8_t low_codes[kBlock];
  uint8_t codes[kBlock];
  for (size_t i = 0; i < kBlock; ++i) codes[i] = static_cast<uint8_t>(block[2 + i] ^ 0x80U);
  cut_codes(codes, 3, high_codes, low_codes);
  std::memcpy(high, block, 2);
  pack_bits(high_codes, 4, high + 2);
  pack_nibbles(high_codes, high + 6);
  std::memcpy(row.low + 2 * unit, block, 2);
  uint8_t* low = row.low + 2 * up_to_eights(n_units) + kLowBlockQ8_0 * unit;
  pack_pairs(low_codes, low);
  pack_bits(low_codes, 2, low + 8);
  const int32_t squares = squares_about(low_codes, kBlock, 7);
  if (squares > row.largest) row.largest = squares;
}

void split_q6_k(SplitRow& row, size_t unit, size_t n_units, uint8_t* high) {
  SuperBlock block;
  open_super_block(Type::kQ6_K, row.file + 210 * unit, block);
  std::memcpy(high, &block.d, 2);
  std::memcpy(row.low + 2 * unit, &block.d, 2);
  std::memcpy(row.low + 2 * n_units + 16 * unit, block.scales, 16);
  uint8_t* low = row.low + 18 * n_units + 64 * unit;
  uint8_t* at = high + 2;
  for (size_t b = 0; b < 8; ++b, low += kLowBlockQ6_K, at += kShapeHighQ6_K.block_bytes()) {
    uint8_t high_codes[kBlock];
    uint8_t low_codes[kBlock];
    cut_codes(block.codes + kBlock * b, 2, high_codes, low_codes);
    std::memcpy(at, block.scales + 2 * b, 2);
    pack_nibbles(high_codes, at + 2);
    pack_pairs(low_codes, low);
    for (size_t half = 0; half < 2; ++half) {
      const int32_t squares = squares_about(low_codes + 16 * half, 16, 3);
      if (squares > row.largest) row.largest = squares;
    }
  }
}

template <size_t kRows>
void pack_rows(const SplitPackTask& task) {
  constexpr size_t kMaxUnit = 256;
  constexpr uint8_t kZeros[kMaxUnit] = {};
  const PanelShape shape = high_shape(task.type);
  const tensor::TypeInfo& info = tensor::type_info(task.type);
  const size_t n_units = task.cols / info.block_elements;
  const size_t low_bytes = low_row_bytes(task.type, task.cols);
  SplitRow rows[kRows];
  std::memset(task.low, 0, task.n_rows * low_bytes);  // the padding of the scales
  for (size_t r = 0; r < task.n_rows; ++r) {
    rows[r].file = reinterpret_cast<const uint8_t*>(task.file_rows) + r * n_units * info.block_bytes;
    rows[r].low = reinterpret_cast<uint8_t*>(task.low) + r * low_bytes;
  }
  auto* out = reinterpret_cast<uint8_t*>(task.panel);
  uint8_t scratch[kRows][kMaxUnit];
  const uint8_t* units[kRows];
  for (size_t r = 0; r < kRows; ++r) units[r] = r < task.n_rows ? scratch[r] : kZeros;
  const auto split = task.type == Type::kQ8_0 ? split_q8_0 : split_q6_k;
  for (size_t u = 0; u < n_units; ++u) {
    for (size_t r = 0; r < task.n_rows; ++r) split(rows[r], u, n_units, scratch[r]);
    out = interleave_unit<kRows>(shape, units, out);
  }
  const size_t n_runs = count_runs(task.type, task.cols);
  for (size_t r = 0; r < kRows; ++r) {
    task.slack[r] = r < task.n_rows ? slack_of_row(task.type, n_runs, rows[r].largest) : 0.0F;
  }
}

}  // namespace

bool splits(Type type, size_t cols) {
  return (type == Type::kQ8_0 || type == Type::kQ6_K) && cols > 0 && cols <= kMaxCols;
}

size_t high_panel_bytes(Type type, size_t cols, size_t panel_rows) {
  return cols / tensor::type_info(type).block_elements * high_shape(type).unit_bytes() * panel_rows;
}

size_t low_row_bytes(Type type, size_t cols) {
  if (type == Type::kQ8_0) return 2 * up_to_eights(cols / kBlock) + cols / kBlock * kLowBlockQ8_0;
  return cols / kSuperBlock * 18 + cols / kBlock * kLowBlockQ6_K;
}

void pack_split_panel(const SplitPackTask& task) {
  CHECK(task.panel_rows == 8 || task.panel_rows == kMaxPanelRows);
  task.panel_rows == 8 ? pack_rows<8>(task) : pack_rows<kMaxPanelRows>(task);
}

size_t run_floats(Type type, size_t cols) { return 3 * up_to_eights(count_runs(type, cols)); }

bool measure_runs(Type type, const std::byte* quantized, size_t cols, float* runs) {
  const size_t n_runs = count_runs(type, cols);
  const size_t per_block = type == Type::kQ8_0 ? 1 : 2;
  const size_t width = kBlock / per_block;
  const size_t padded = up_to_eights(n_runs);
  std::memset(runs, 0, 3 * padded * sizeof(float));
  bool bounded = true;
  for (size_t run = 0; run < n_runs; ++run) {
    ActivationBlock block;
    std::memcpy(&block, quantized + run / per_block * sizeof block, sizeof block);
    const size_t half = run % per_block;
    int32_t squares = 0;
    for (size_t i = 0; i < width; ++i) {
      const int32_t code = block.codes[half * width + i];
      squares += code * code;
    }
    const float norm = block.scale * std::sqrt(static_cast<float>(squares));
    runs[run] = block.scale;
    runs[padded + run] = per_block == 1 ? block.sum : block.half_sums[half];
    runs[2 * padded + run] = norm;
    bounded = bounded && norm <= kLargestNorm && block.scale <= kLargestNorm;
  }
  return bounded;
}

}  // namespace samovar::kernels
