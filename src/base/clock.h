// What the clocks say, as whole numbers. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace samovar {

// Since some moment of the past; never goes back.
[[nodiscard]] inline int64_t steady_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}
[[nodiscard]] inline int64_t steady_ms() { return steady_ns() / 1'000'000; }

// Since 1970; jumps when somebody sets the clock.
[[nodiscard]] inline int64_t unix_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}
[[nodiscard]] inline int64_t unix_ms() { return unix_ns() / 1'000'000; }
[[nodiscard]] inline int64_t unix_s() { return unix_ns() / 1'000'000'000; }

}  // namespace samovar
