#include "platform/cpu_features.h"

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace samovar::platform {
namespace {

#if defined(__x86_64__)

constexpr uint64_t kXmmYmm = 0x06;  // XCR0: SSE and AVX state
constexpr uint64_t kZmm = 0xE0;     // XCR0: opmask, upper ZMM0-15, ZMM16-31

bool bit(uint32_t word, unsigned index) { return ((word >> index) & 1U) != 0; }

uint64_t enabled_state() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

CpuFeatures detect() {
  CpuFeatures found;
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return found;
  const bool os_saves_state = bit(ecx, 27);
  const bool fma = bit(ecx, 12);
  const bool avx = bit(ecx, 28);
  const bool f16c = bit(ecx, 29);
  if (!os_saves_state || !avx) return found;
  const uint64_t state = enabled_state();
  if ((state & kXmmYmm) != kXmmYmm) return found;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return found;
  found.avx2 = bit(ebx, 5) && fma && f16c;
  const bool avx512 = bit(ebx, 16) && bit(ebx, 17) && bit(ebx, 30) && bit(ebx, 31);  // F, DQ, BW, VL
  const bool vnni = bit(ecx, 11);
  found.avx512_vnni = found.avx2 && avx512 && vnni && (state & kZmm) == kZmm;
  return found;
}

#elif defined(__aarch64__)

CpuFeatures detect() {
  CpuFeatures found;
  found.neon_dot = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
  found.neon_i8mm = found.neon_dot && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
  return found;
}

#else

CpuFeatures detect() { return {}; }

#endif

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures features = detect();
  return features;
}

}  // namespace samovar::platform
