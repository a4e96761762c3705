// What <isa>/attention.cc gives to its table (contracts in table.h). The bodies are attention/*.inc, the
// same text for every instruction set. Internal to kernels/.
#pragma once

#include "kernels/table.h"

#define SAMOVAR_DECLARE_ATTENTION(isa)                                \
  namespace isa {                                                     \
  size_t attention_scratch_floats(size_t head_dim, size_t n_queries); \
  void attend(const AttentionTask& task);                             \
  }

namespace samovar::kernels {
SAMOVAR_DECLARE_ATTENTION(generic)
SAMOVAR_DECLARE_ATTENTION(avx2)
SAMOVAR_DECLARE_ATTENTION(avx512)
SAMOVAR_DECLARE_ATTENTION(neon_dot)
}  // namespace samovar::kernels

#undef SAMOVAR_DECLARE_ATTENTION
