#include "kernels/split.h"

#include "kernels/generic/eight.h"
#include "kernels/generic/vec.h"
#include "kernels/split_layout.h"
#include "kernels/variants.h"

namespace samovar::kernels::generic {
namespace {

inline Floats absolute(Floats value) {
  for (float& row : value.row) row = row < 0 ? -row : row;
  return value;
}

// clang-format off: each needs those before it
#include "kernels/bodies/formats.inc"
#include "kernels/bodies/tile.inc"
#include "kernels/bodies/split_high.inc"
#include "kernels/bodies/split_low.inc"
// clang-format on

}  // namespace

void multiply_high(const HighTask& task) { multiply_high_any(task); }

void add_low(const LowTask& task) { add_low_rows(task); }

}  // namespace samovar::kernels::generic
