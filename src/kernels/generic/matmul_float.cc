#include "kernels/generic/vec.h"
#include "kernels/half.h"
#include "kernels/variants.h"

namespace samovar::kernels::generic {
namespace {

#include "kernels/bodies/matmul_float.inc"

}  // namespace

void matmul_float(const MatmulTask& task) {
  switch (task.weights->type) {
    case tensor::Type::kF16:
      return multiply_floats<WeightsF16>(task);
    case tensor::Type::kBF16:
      return multiply_floats<WeightsBF16>(task);
    default:
      return multiply_floats<WeightsF32>(task);
  }
}

}  // namespace samovar::kernels::generic
