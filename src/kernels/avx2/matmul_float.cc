#include "kernels/avx2/vec.h"
#include "kernels/half.h"
#include "kernels/variants.h"

namespace samovar::kernels::avx2 {
namespace {

#include "kernels/bodies/matmul_float.inc"

}  // namespace

void matmul_float(const MatmulTask& task) { multiply_any_floats(task); }

}  // namespace samovar::kernels::avx2
