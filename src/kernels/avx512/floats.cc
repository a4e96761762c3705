#define KERNEL_NS avx512
// clang-format off: each line uses the ones before it
#include "kernels/float/floats.h"
#include "kernels/avx512/lanes.h"
#include "kernels/float/exponential.inc"
#include "kernels/float/rows.inc"
