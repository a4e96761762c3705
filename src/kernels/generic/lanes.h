// The vector vocabulary of the shared kernel bodies, in four lanes of the compiler's own vectors: any
// machine. Each instruction set has a lanes.h with the same names; the includer defines KERNEL_NS.
#pragma once

#include <cstddef>
#include <cstdint>

namespace samovar::kernels::KERNEL_NS {
namespace {

#define SAMOVAR_LANE [[gnu::always_inline]] inline

typedef float Vec __attribute__((vector_size(16)));
typedef int32_t VecBits __attribute__((vector_size(16)));
typedef uint32_t VecWords __attribute__((vector_size(16)));
typedef uint16_t VecHalves __attribute__((vector_size(8)));

constexpr size_t kLanes = 4;
constexpr size_t kTileRows = 6;  // rows of a register tile of two vectors width: 12 sums of 16 registers

SAMOVAR_LANE Vec set1(float value) { return Vec{value, value, value, value}; }
SAMOVAR_LANE Vec zero() { return Vec{}; }
SAMOVAR_LANE Vec load(const float* from) {
  Vec v;
  __builtin_memcpy(&v, from, sizeof(v));
  return v;
}
SAMOVAR_LANE void store(float* to, Vec v) { __builtin_memcpy(to, &v, sizeof(v)); }

SAMOVAR_LANE Vec add(Vec a, Vec b) { return a + b; }
SAMOVAR_LANE Vec sub(Vec a, Vec b) { return a - b; }
SAMOVAR_LANE Vec mul(Vec a, Vec b) { return a * b; }
SAMOVAR_LANE Vec div(Vec a, Vec b) { return a / b; }
SAMOVAR_LANE Vec min(Vec a, Vec b) { return a < b ? a : b; }      // b where either is not a number
SAMOVAR_LANE Vec max(Vec a, Vec b) { return a > b ? a : b; }      // b where either is not a number
SAMOVAR_LANE Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }   // a * b + c
SAMOVAR_LANE Vec fnma(Vec a, Vec b, Vec c) { return c - a * b; }  // c - a * b
SAMOVAR_LANE Vec fmaddsub(Vec a, Vec b, Vec c) {                  // a * b - c in even lanes, + c in odd
  return a * b + Vec{-c[0], c[1], -c[2], c[3]};
}
SAMOVAR_LANE Vec swap_pairs(Vec a) { return Vec{a[1], a[0], a[3], a[2]}; }
SAMOVAR_LANE Vec load_pairs(const float* from) { return Vec{from[0], from[0], from[1], from[1]}; }

SAMOVAR_LANE float reduce_add(Vec a) { return (a[0] + a[2]) + (a[1] + a[3]); }
SAMOVAR_LANE float reduce_max(Vec a) {
  const Vec b = max(a, Vec{a[2], a[3], a[0], a[1]});
  return b[0] > b[1] ? b[0] : b[1];
}
// out[0..4) = the sums of the lanes of a, b, c, d.
SAMOVAR_LANE void reduce_add_4(Vec a, Vec b, Vec c, Vec d, float* out) {
  store(out, Vec{reduce_add(a), reduce_add(b), reduce_add(c), reduce_add(d)});
}

// 2^n, where `shifted` is n + 1.5 * 2^23 and n is in [-127, 128]: 0 at the lower end, infinity at the upper.
SAMOVAR_LANE Vec power_of_two(Vec shifted) {
  const VecBits bits = reinterpret_cast<VecBits>(shifted);
  return reinterpret_cast<Vec>((bits << 23) + 0x3F800000);
}

SAMOVAR_LANE Vec load_f16(const uint16_t* from) {
  VecHalves halves;
  __builtin_memcpy(&halves, from, sizeof(halves));
  const VecBits h = __builtin_convertvector(halves, VecBits);
  const VecBits magnitude = (h & 0x7FFF) << 13;
  const VecBits infinite = (magnitude >= 0x0F800000) & 0x7F800000;
  const Vec value = reinterpret_cast<Vec>(magnitude) * 0x1p112F;
  return reinterpret_cast<Vec>(reinterpret_cast<VecBits>(value) | infinite | ((h & 0x8000) << 16));
}

SAMOVAR_LANE void store_f16(uint16_t* to, Vec v) {
  const VecBits bits = reinterpret_cast<VecBits>(v);
  const VecBits magnitude = bits & 0x7FFFFFFF;
  const VecBits sign = reinterpret_cast<VecBits>(reinterpret_cast<VecWords>(bits) >> 16) & 0x8000;
  const VecBits rounded = magnitude + 0xFFF + ((magnitude >> 13) & 1);
  VecBits normal = (rounded >> 13) - (112 << 10);
  normal = normal > 0x7C00 ? VecBits{} + 0x7C00 : normal;
  // Below 2^-14 adding 0.5 leaves exactly the bits of a half in the last place, rounded to even.
  const VecBits tiny = reinterpret_cast<VecBits>(reinterpret_cast<Vec>(magnitude) + 0.5F) - 0x3F000000;
  VecBits half = magnitude < 0x38800000 ? tiny : normal;
  half = magnitude > 0x7F800000 ? 0x7E00 | ((magnitude >> 13) & 0x3FF) : half;
  half = magnitude == 0x7F800000 ? VecBits{} + 0x7C00 : half;
  const VecHalves halves = __builtin_convertvector(half | sign, VecHalves);
  __builtin_memcpy(to, &halves, sizeof(halves));
}

// kLanes signed bytes, and one half in every lane.
SAMOVAR_LANE Vec load_codes(const int8_t* from) {
  return Vec{static_cast<float>(from[0]), static_cast<float>(from[1]), static_cast<float>(from[2]),
             static_cast<float>(from[3])};
}
SAMOVAR_LANE Vec spread_f16(const uint16_t* from) {
  const uint16_t halves[kLanes] = {*from, *from, *from, *from};
  return load_f16(halves);
}

// to[j * to_stride + i] = from[i * from_stride + j] for i, j below 8.
SAMOVAR_LANE void transpose_f16_8x8(const uint16_t* from, size_t from_stride, float* to, size_t to_stride) {
  for (size_t i = 0; i < 8; ++i) {
    for (size_t half = 0; half < 8; half += 4) {
      const Vec v = load_f16(from + i * from_stride + half);
      for (size_t j = 0; j < 4; ++j) to[(half + j) * to_stride + i] = v[j];
    }
  }
}

}  // namespace
}  // namespace samovar::kernels::KERNEL_NS
