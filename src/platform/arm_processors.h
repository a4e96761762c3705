// Names of 64-bit ARM processors, which have no text of their own to ask for as x86's have.
#pragma once

#include <cstdint>
#include <string>

namespace samovar::platform {

// midr: the processor's main identification register. "Neoverse N1"; of one that is not in the list the
// numbers, "ARM processor, implementer 0x41, part 0xfff".
[[nodiscard]] std::string arm_processor_name(uint64_t midr);

}  // namespace samovar::platform
