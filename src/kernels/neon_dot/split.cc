#define KERNEL_NS neon_dot
#include "kernels/split.h"

#include "kernels/neon_dot/eight.h"
#include "kernels/neon_dot/vec.h"
#include "kernels/split_layout.h"
#include "kernels/variants.h"

namespace samovar::kernels::neon_dot {
namespace {

inline Floats absolute(Floats value) { return {vabsq_f32(value.low), vabsq_f32(value.high)}; }

// clang-format off: each needs those before it
#include "kernels/bodies/formats.inc"
#include "kernels/bodies/tile.inc"
#include "kernels/bodies/split_high.inc"
#include "kernels/bodies/split_low.inc"
// clang-format on

}  // namespace

void multiply_high(const HighTask& task) { multiply_high_any(task); }

void add_low(const LowTask& task) { add_low_rows(task); }

}  // namespace samovar::kernels::neon_dot
