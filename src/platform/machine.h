// What this process may use of the machine: processors and memory, containers' limits included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace samovar::platform {

// Processors this process may run on: its affinity, and a cgroup's CPU quota rounded up; at least 1.
[[nodiscard]] size_t usable_cpus();

// Memory that can still be taken without swapping: the system's estimate, and what a cgroup limit leaves.
[[nodiscard]] int64_t available_memory_bytes();

// Memory of this process that is resident now, and its peak.
[[nodiscard]] int64_t resident_memory_bytes();
[[nodiscard]] int64_t peak_memory_bytes();

// "AMD EPYC 9B45", "Neoverse N1", or "unknown CPU".
[[nodiscard]] std::string cpu_name();

// What inner loops faster than plain ones need, in a word: "AVX2", "dot product instructions (Neoverse N1 and
// later)"; empty where there are none for this architecture.
[[nodiscard]] std::string_view fast_feature();

}  // namespace samovar::platform
