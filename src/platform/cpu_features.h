// What this processor can execute AND the operating system has enabled (XCR0), asked once.
#pragma once

namespace samovar::platform {

struct CpuFeatures {
  bool avx2 = false;         // AVX2, FMA and F16C
  bool avx512_vnni = false;  // AVX-512 F, BW, VL, DQ and VNNI
};

// Any thread may call it.
[[nodiscard]] const CpuFeatures& cpu_features();

}  // namespace samovar::platform
