#include "kernels/avx512/vec.h"
#include "kernels/variants.h"

namespace samovar::kernels::avx512 {
namespace {

#include "kernels/bodies/formats.inc"
#include "kernels/bodies/tile.inc"
#include "kernels/bodies/matmul.inc"

}  // namespace

void matmul_packed(const MatmulTask& task) { multiply_packed(task); }

}  // namespace samovar::kernels::avx512
