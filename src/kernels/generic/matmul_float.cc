#include "kernels/generic/vec.h"
#include "kernels/half.h"
#include "kernels/variants.h"

namespace samovar::kernels::generic {
namespace {

#include "kernels/bodies/matmul_float.inc"

}  // namespace

void matmul_float(const MatmulTask& task) { multiply_any_floats(task); }

}  // namespace samovar::kernels::generic
