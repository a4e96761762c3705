#include "kernels/generic/vec.h"
#include "kernels/variants.h"

namespace samovar::kernels::generic {
namespace {

#include "kernels/bodies/formats.inc"
#include "kernels/bodies/tile.inc"
#include "kernels/bodies/matmul.inc"

}  // namespace

void matmul_packed(const MatmulTask& task) { multiply_packed(task); }

}  // namespace samovar::kernels::generic
