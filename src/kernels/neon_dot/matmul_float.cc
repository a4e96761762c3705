#define KERNEL_NS neon_dot
#include "kernels/half.h"
#include "kernels/neon_dot/vec.h"
#include "kernels/variants.h"

namespace samovar::kernels::neon_dot {
namespace {

#include "kernels/bodies/matmul_float.inc"

}  // namespace

void matmul_float(const MatmulTask& task) { multiply_any_floats(task); }

}  // namespace samovar::kernels::neon_dot
