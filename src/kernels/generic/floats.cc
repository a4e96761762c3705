#define KERNEL_NS generic
// clang-format off: each line uses the ones before it
#include "kernels/float/floats.h"
#include "kernels/generic/lanes.h"
#include "kernels/float/exponential.inc"
#include "kernels/float/rows.inc"
