// The vector instructions of this folder: the real ones, or (tests on machines without AVX-512, see
// kernels/CMakeLists.txt) simde's, which computes the same results with AVX2.
// Include this instead of <immintrin.h>.
#pragma once

#if defined(SAMOVAR_EMULATE_AVX512)
#include "kernels/avx512/emulated_intrinsics.h"
#else
#include <immintrin.h>
#endif
