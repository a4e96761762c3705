#include "platform/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

#include "platform/arm_processors.h"
#endif

namespace samovar::platform {
namespace {

constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

// A whole number in a file; "max" and a missing file count as no limit.
int64_t read_limit(const std::string& path) {
  const auto line = first_line(path);
  if (!line) return kUnlimited;
  char* end = nullptr;
  const long long value = std::strtoll(line->c_str(), &end, 10);
  return end == line->c_str() ? kUnlimited : value;
}

// The value of "Key:   123 kB" in a /proc file, in bytes; 0 when absent.
int64_t read_kilobytes(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) == 0) return std::strtoll(line.c_str() + key.size(), nullptr, 10) * 1024;
  }
  return 0;
}

// CPUs a cgroup's quota allows (version 2, then 1); infinity without one.
double quota_cpus() {
  double quota = 0;
  double period = 0;
  if (const auto line = first_line("/sys/fs/cgroup/cpu.max")) {
    std::istringstream in(*line);
    if (in >> quota >> period && period > 0) return quota / period;
  }
  quota = static_cast<double>(read_limit("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  period = static_cast<double>(read_limit("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  const bool limited = quota > 0 && quota < 1e15 && period > 0 && period < 1e15;
  return limited ? quota / period : std::numeric_limits<double>::infinity();
}

// What a memory cgroup leaves: limit less use, page cache of the group counted as free.
int64_t cgroup_room(const std::string& limit_file, const std::string& use_file, const std::string& stat_file,
                    const std::string& cache_key) {
  const int64_t limit = read_limit(limit_file);
  if (limit >= (int64_t{1} << 60)) return kUnlimited;
  int64_t room = limit - read_limit(use_file);
  std::ifstream stat(stat_file);
  std::string key;
  for (int64_t value = 0; stat >> key >> value;) {
    if (key == cache_key) room += value;
  }
  return std::max<int64_t>(room, 0);
}

}  // namespace

size_t usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
  const double quota = std::ceil(quota_cpus());
  return static_cast<size_t>(std::max(1.0, std::min(static_cast<double>(count), quota)));
}

int64_t available_memory_bytes() {
  const std::string v1 = "/sys/fs/cgroup/memory/";
  const std::string v2 = "/sys/fs/cgroup/";
  const int64_t group =
      std::min(cgroup_room(v2 + "memory.max", v2 + "memory.current", v2 + "memory.stat", "inactive_file"),
               cgroup_room(v1 + "memory.limit_in_bytes", v1 + "memory.usage_in_bytes", v1 + "memory.stat",
                           "total_inactive_file"));
  return std::min(read_kilobytes("/proc/meminfo", "MemAvailable:"), group);
}

int64_t resident_memory_bytes() { return read_kilobytes("/proc/self/status", "VmRSS:"); }

int64_t peak_memory_bytes() { return read_kilobytes("/proc/self/status", "VmHWM:"); }

#if defined(__aarch64__)

std::string cpu_name() {
  // Linux answers this read for programs.
  if ((getauxval(AT_HWCAP) & HWCAP_CPUID) == 0) return "unknown CPU";
  uint64_t midr = 0;
  __asm__("mrs %0, MIDR_EL1" : "=r"(midr));
  return arm_processor_name(midr);
}

std::string_view fast_feature() { return "dot product instructions (Neoverse N1 and later)"; }

#else

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown CPU";
}

#if defined(__x86_64__)
std::string_view fast_feature() { return "AVX2"; }
#else
std::string_view fast_feature() { return ""; }
#endif

#endif

}  // namespace samovar::platform
