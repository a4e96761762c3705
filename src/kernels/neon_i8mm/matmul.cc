#define KERNEL_NS neon_i8mm
#include "kernels/neon_dot/vec.h"
#include "kernels/neon_i8mm/matrices.h"
#include "kernels/variants.h"

namespace samovar::kernels::neon_i8mm {
namespace {

// clang-format off: each needs those before it
#include "kernels/bodies/formats.inc"
#include "kernels/bodies/tile.inc"
#include "kernels/bodies/token_pairs.inc"
#include "kernels/bodies/matmul.inc"
// clang-format on

}  // namespace

void matmul_packed(const MatmulTask& task) { multiply_packed(task); }

}  // namespace samovar::kernels::neon_i8mm
