// What this processor can execute AND the operating system has enabled (XCR0, or Linux's HWCAP), asked once.
// What belongs to another architecture is false.
#pragma once

namespace samovar::platform {

struct CpuFeatures {
  bool avx2 = false;         // AVX2, FMA and F16C
  bool avx512_vnni = false;  // AVX-512 F, BW, VL, DQ and VNNI
  bool neon_dot = false;     // 64-bit ARM: SDOT (Neoverse N1 and later)
  bool neon_i8mm = false;    // and SMMLA (Neoverse V1, N2 and later)
};

// Any thread may call it.
[[nodiscard]] const CpuFeatures& cpu_features();

}  // namespace samovar::platform
