#include "quantize/rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "kernels/half.h"
#include "quantize/fit.h"

namespace samovar::quantize {
namespace {

using kernels::half_to_float;
using tensor::Type;

// Stores `value` as f16 at `to`; what it is worth there.
float put_half(float value, uint8_t* to) {
  const uint16_t half = float_to_half(value);
  std::memcpy(to, &half, sizeof half);
  return half_to_float(half);
}

int code_of(float x, float inverse, int low, int high) {
  return std::min(std::max(nearest(std::clamp(inverse * x, -1e6F, 1e6F)), low), high);
}

float inverse_of(float scale) { return scale != 0.0F ? 1.0F / scale : 0.0F; }

// 32 codes of 4 bits, and where there is a fifth one, a word with it before them.
void put_codes32(const std::array<uint8_t, 32>& codes, bool fifth, uint8_t* to) {
  if (fifth) {
    uint32_t bits = 0;
    for (size_t i = 0; i < 32; ++i) bits |= (uint32_t{codes[i]} >> 4U & 1U) << i;
    std::memcpy(to, &bits, sizeof bits);
    to += sizeof bits;
  }
  for (size_t i = 0; i < 16; ++i)
    to[i] = static_cast<uint8_t>((codes[i] & 15U) | (codes[16 + i] & 15U) << 4U);
}

// Q4_0, Q5_0: d * (code - half).
void put_symmetric32(const float* x, int half, uint8_t* to) {
  std::array<float, 32> costs;
  fill_costs(x, 32, costs.data());
  const float d = put_half(fit_scale(x, costs.data(), 32, half), to);
  const float inverse = inverse_of(d);
  std::array<uint8_t, 32> codes;
  for (size_t i = 0; i < 32; ++i)
    codes[i] = static_cast<uint8_t>(code_of(x[i], inverse, -half, half - 1) + half);
  put_codes32(codes, half > 8, to + 2);
}

// Q4_1, Q5_1: d * code + m.
void put_line32(const float* x, int most, uint8_t* to) {
  std::array<float, 32> costs;
  fill_costs(x, 32, costs.data());
  const Line line = fit_line(x, costs.data(), 32, most, Minimum::kAny);
  const float d = put_half(line.scale, to);
  const float m = put_half(line.minimum, to + 2);
  const float inverse = inverse_of(d);
  std::array<uint8_t, 32> codes;
  for (size_t i = 0; i < 32; ++i) codes[i] = static_cast<uint8_t>(code_of(x[i] - m, inverse, 0, most));
  put_codes32(codes, most > 15, to + 4);
}

// Scales around the one that makes the largest weight 127: what half precision does to the scale is then part
// of the choice.
float fit_eight_bits(const float* x) {
  float largest = 0.0F;
  for (size_t i = 0; i < 32; ++i) largest = std::max(largest, std::fabs(x[i]));
  float best = 0.0F;
  float least = -1.0F;
  for (int step = -4; step <= 4; ++step) {
    const float d = half_to_float(float_to_half(largest / (127.0F + 0.25F * static_cast<float>(step))));
    const float inverse = inverse_of(d);
    float error = 0.0F;
    for (size_t i = 0; i < 32; ++i) {
      const float off = d * static_cast<float>(code_of(x[i], inverse, -127, 127)) - x[i];
      error += off * off;
    }
    if (least < 0.0F || error < least) {
      least = error;
      best = d;
    }
  }
  return best;
}

void put_q8_0(const float* x, uint8_t* to) {
  const float inverse = inverse_of(put_half(fit_eight_bits(x), to));
  for (size_t i = 0; i < 32; ++i) {
    to[2 + i] = static_cast<uint8_t>(static_cast<int8_t>(code_of(x[i], inverse, -127, 127)));
  }
}

// Eight scales and minima of 6 bits in 12 bytes: the first four plain, the upper bits of the others above
// them.
void put_scales(const std::array<uint8_t, 8>& scales, const std::array<uint8_t, 8>& mins, uint8_t* to) {
  for (size_t j = 0; j < 4; ++j) {
    to[j] = static_cast<uint8_t>(scales[j] | (scales[j + 4] >> 4U) << 6U);
    to[j + 4] = static_cast<uint8_t>(mins[j] | (mins[j + 4] >> 4U) << 6U);
    to[j + 8] = static_cast<uint8_t>((scales[j + 4] & 15U) | (mins[j + 4] & 15U) << 4U);
  }
}

// Q4_K, Q5_K: codes of 32 weights each in lower and upper nibbles; a fifth bit in `high` (null: there is
// none).
void put_codes256(const std::array<uint8_t, 256>& codes, uint8_t* low, uint8_t* high) {
  for (size_t part = 0; part < 4; ++part) {
    const uint8_t* first = &codes[64 * part];
    for (size_t i = 0; i < 32; ++i) {
      low[32 * part + i] = static_cast<uint8_t>((first[i] & 15U) | (first[32 + i] & 15U) << 4U);
      if (high == nullptr) continue;
      const unsigned bits = (first[i] >> 4U & 1U) | (first[32 + i] >> 4U & 1U) << 1U;
      high[i] = static_cast<uint8_t>(high[i] | bits << (2 * part));
    }
  }
}

// d * scale * code - d_min * min, eight times 32 weights.
void put_lines256(const float* x, int most, uint8_t* to) {
  std::array<Line, 8> lines;
  float largest_scale = 0.0F;
  float largest_min = 0.0F;
  for (size_t s = 0; s < 8; ++s) {
    std::array<float, 32> costs;
    fill_costs(x + 32 * s, 32, costs.data());
    lines[s] = fit_line(x + 32 * s, costs.data(), 32, most, Minimum::kNotPositive);
    largest_scale = std::max(largest_scale, lines[s].scale);
    largest_min = std::max(largest_min, -lines[s].minimum);
  }
  const float d = put_half(largest_scale / 63.0F, to);
  const float d_min = put_half(largest_min / 63.0F, to + 2);
  std::array<uint8_t, 8> scales;
  std::array<uint8_t, 8> mins;
  std::array<uint8_t, 256> codes;
  for (size_t s = 0; s < 8; ++s) {
    scales[s] = static_cast<uint8_t>(code_of(lines[s].scale, inverse_of(d), 0, 63));
    mins[s] = static_cast<uint8_t>(code_of(-lines[s].minimum, inverse_of(d_min), 0, 63));
    const float inverse = inverse_of(d * static_cast<float>(scales[s]));
    const float minimum = d_min * static_cast<float>(mins[s]);
    for (size_t i = 32 * s; i < 32 * s + 32; ++i) {
      codes[i] = static_cast<uint8_t>(code_of(x[i] + minimum, inverse, 0, most));
    }
  }
  put_scales(scales, mins, to + 4);
  uint8_t* const behind_scales = to + 16;
  if (most > 15) std::memset(behind_scales, 0, 32);
  put_codes256(codes, most > 15 ? behind_scales + 32 : behind_scales, most > 15 ? behind_scales : nullptr);
}

// d * scale * (code - 32), sixteen times 16 weights.
void put_q6_k(const float* x, uint8_t* to) {
  std::array<float, 16> fitted;
  float extreme = 0.0F;
  for (size_t s = 0; s < 16; ++s) {
    std::array<float, 16> costs;
    fill_costs(x + 16 * s, 16, costs.data());
    fitted[s] = fit_scale(x + 16 * s, costs.data(), 16, 32);
    if (std::fabs(fitted[s]) > std::fabs(extreme)) extreme = fitted[s];
  }
  const float d = put_half(extreme / -128.0F, to + 208);
  auto* const scales = reinterpret_cast<int8_t*>(to + 192);
  std::array<uint8_t, 256> codes;
  for (size_t s = 0; s < 16; ++s) {
    scales[s] = static_cast<int8_t>(code_of(fitted[s], inverse_of(d), -128, 127));
    const float inverse = inverse_of(d * static_cast<float>(scales[s]));
    for (size_t i = 16 * s; i < 16 * s + 16; ++i) {
      codes[i] = static_cast<uint8_t>(code_of(x[i], inverse, -32, 31) + 32);
    }
  }
  for (size_t half = 0; half < 2; ++half) {
    const uint8_t* first = &codes[128 * half];
    uint8_t* const low = to + 64 * half;
    uint8_t* const high = to + 128 + 32 * half;
    for (size_t i = 0; i < 32; ++i) {
      low[i] = static_cast<uint8_t>((first[i] & 15U) | (first[64 + i] & 15U) << 4U);
      low[32 + i] = static_cast<uint8_t>((first[32 + i] & 15U) | (first[96 + i] & 15U) << 4U);
      high[i] = static_cast<uint8_t>(first[i] >> 4U | (first[32 + i] >> 4U) << 2U |
                                     (first[64 + i] >> 4U) << 4U | (first[96 + i] >> 4U) << 6U);
    }
  }
}

void put_block(Type type, const float* x, uint8_t* to) {
  switch (type) {
    case Type::kQ4_0:
      return put_symmetric32(x, 8, to);
    case Type::kQ5_0:
      return put_symmetric32(x, 16, to);
    case Type::kQ4_1:
      return put_line32(x, 15, to);
    case Type::kQ5_1:
      return put_line32(x, 31, to);
    case Type::kQ8_0:
      return put_q8_0(x, to);
    case Type::kQ4_K:
      return put_lines256(x, 15, to);
    case Type::kQ5_K:
      return put_lines256(x, 31, to);
    case Type::kQ6_K:
      return put_q6_k(x, to);
    default:
      CHECK(false && "not a type that can_quantize knows");
  }
}

}  // namespace

uint16_t float_to_half(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const auto sign = static_cast<uint16_t>(bits >> 16U & 0x8000U);
  const float size = std::min(std::fabs(value), 65504.0F);
  // Below the normal ones, whole multiples of 2^-24.
  if (size < 0x1p-14F) return static_cast<uint16_t>(sign | static_cast<uint32_t>(nearest(size * 0x1p24F)));
  std::memcpy(&bits, &size, sizeof bits);
  bits += 0x0FFFU + (bits >> 13U & 1U);
  return static_cast<uint16_t>(sign | ((bits >> 13U) - (112U << 10U)));
}

bool can_quantize(Type type) {
  constexpr std::array kTypes = {Type::kF32,  Type::kF16,  Type::kQ4_0, Type::kQ4_1, Type::kQ5_0,
                                 Type::kQ5_1, Type::kQ8_0, Type::kQ4_K, Type::kQ5_K, Type::kQ6_K};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

void quantize_row(Type type, const float* x, size_t n, std::byte* out) {
  auto* bytes = reinterpret_cast<uint8_t*>(out);
  if (type == Type::kF32) {
    std::memcpy(bytes, x, n * sizeof(float));
  } else if (type == Type::kF16) {
    for (size_t i = 0; i < n; ++i) static_cast<void>(put_half(x[i], bytes + 2 * i));
  } else {
    const tensor::TypeInfo& info = tensor::type_info(type);
    for (size_t at = 0; at < n; at += info.block_elements, bytes += info.block_bytes)
      put_block(type, x + at, bytes);
  }
}

}  // namespace samovar::quantize
