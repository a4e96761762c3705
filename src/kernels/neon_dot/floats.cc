#define KERNEL_NS neon_dot
// clang-format off: each line uses the ones before it
#include "kernels/float/floats.h"
#include "kernels/neon_dot/lanes.h"
#include "kernels/float/exponential.inc"
#include "kernels/float/rows.inc"
