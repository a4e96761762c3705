// Lines of progress as Ollama's users know them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace samovar::app {

struct BarState {
  std::string label;  // "pulling 84d3ef4011a7"
  int64_t completed_bytes = 0;
  int64_t total_bytes = 0;
  double bytes_per_second = 0;  // 0: not known yet
};

// "pulling 84d3ef4011a7:  45% ▕█████      ▏  44 MB/ 98 MB   12 MB/s      4s", at most `columns` wide. A
// finished one shows the size alone.
[[nodiscard]] std::string format_bar(const BarState& state, size_t columns);

// "4s", "2m3s", "1h5m", "99h+".
[[nodiscard]] std::string format_time_left(int64_t seconds);

}  // namespace samovar::app
