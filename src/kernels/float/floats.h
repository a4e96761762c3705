// What <isa>/floats.cc gives to its table: the functions on rows of floats (contracts in table.h).
// Their bodies are float/rows.inc, the same text for every instruction set. Internal to kernels/.
#pragma once

#include "kernels/table.h"

#define SAMOVAR_DECLARE_FLOATS(isa)                                                    \
  namespace isa {                                                                      \
  void rms_norm(const float* x, const float* weight, float eps, size_t n, float* out); \
  void add(float* x, const float* y, size_t n);                                        \
  void scale(float* x, float factor, size_t n);                                        \
  void silu_mul(float* gate, const float* up, size_t n);                               \
  void gelu_tanh_mul(float* gate, const float* up, size_t n);                          \
  void softcap(float* x, float cap, size_t n);                                         \
  void rope_neox(const RopeTask& task);                                                \
  void rope_interleaved(const RopeTask& task);                                         \
  void to_f16(const float* x, size_t n, uint16_t* out);                                \
  void to_cache_blocks(const float* x, size_t n, CacheBlock* out);                     \
  }

namespace samovar::kernels {
SAMOVAR_DECLARE_FLOATS(generic)
SAMOVAR_DECLARE_FLOATS(avx2)
SAMOVAR_DECLARE_FLOATS(avx512)
SAMOVAR_DECLARE_FLOATS(neon_dot)
}  // namespace samovar::kernels

#undef SAMOVAR_DECLARE_FLOATS
