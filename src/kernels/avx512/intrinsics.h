// The vector instructions of this folder: the real ones, or (tests on machines without AVX-512, see
// kernels/CMakeLists.txt) simde's, which computes the same results with AVX2.
// Include this instead of <immintrin.h>.
#pragma once

#if defined(SAMOVAR_EMULATE_AVX512)
#include "kernels/avx512/emulated_intrinsics.h"
#else
// GCC 12 warns of its own header's deliberately undefined operands (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif
