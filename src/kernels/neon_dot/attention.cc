#define KERNEL_NS neon_dot
// clang-format off: each line uses the ones before it
#include "kernels/attention/attention.h"
#include "kernels/neon_dot/lanes.h"
#include "kernels/float/exponential.inc"
#include "kernels/attention/softmax.inc"
#include "kernels/attention/direct.inc"
#include "kernels/attention/exact.inc"
#include "kernels/attention/tiled.inc"
