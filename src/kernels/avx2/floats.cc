#define KERNEL_NS avx2
// clang-format off: each line uses the ones before it
#include "kernels/float/floats.h"
#include "kernels/avx2/lanes.h"
#include "kernels/float/exponential.inc"
#include "kernels/float/rows.inc"
