#include "platform/arm_processors.h"

#include <array>
#include <cstdio>

namespace samovar::platform {
namespace {

struct Processor {
  uint32_t implementer;
  uint32_t part;
  const char* name;
};

// Servers' and the usual small boards' (Linux: arch/arm64/include/asm/cputype.h).
constexpr std::array kProcessors = {
    Processor{0x41, 0xD03, "Cortex-A53"},  Processor{0x41, 0xD05, "Cortex-A55"},
    Processor{0x41, 0xD07, "Cortex-A57"},  Processor{0x41, 0xD08, "Cortex-A72"},
    Processor{0x41, 0xD0B, "Cortex-A76"},  Processor{0x41, 0xD0C, "Neoverse N1"},
    Processor{0x41, 0xD40, "Neoverse V1"}, Processor{0x41, 0xD49, "Neoverse N2"},
    Processor{0x41, 0xD4F, "Neoverse V2"}, Processor{0x41, 0xD84, "Neoverse V3"},
    Processor{0x41, 0xD8E, "Neoverse N3"}, Processor{0x48, 0xD01, "Kunpeng 920"},
    Processor{0xC0, 0xAC3, "AmpereOne"},   Processor{0xC0, 0xAC4, "AmpereOne A"},
    Processor{0x43, 0x0AF, "ThunderX2"},
};

}  // namespace

std::string arm_processor_name(uint64_t midr) {
  const auto implementer = static_cast<uint32_t>((midr >> 24U) & 0xFFU);
  const auto part = static_cast<uint32_t>((midr >> 4U) & 0xFFFU);
  for (const Processor& known : kProcessors) {
    if (known.implementer == implementer && known.part == part) return known.name;
  }
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "ARM processor, implementer 0x%x, part 0x%x", implementer, part);
  return text.data();
}

}  // namespace samovar::platform
