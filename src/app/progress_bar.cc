#include "app/progress_bar.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "app/human.h"

namespace samovar::app {
namespace {

constexpr size_t kMinBarCells = 5;

std::string pad_left(const std::string& text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string repeat(const char* text, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += text;
  return out;
}

}  // namespace

std::string format_time_left(int64_t seconds) {
  if (seconds >= int64_t{100} * 3600) return "99h+";
  if (seconds >= 3600)
    return std::to_string(seconds / 3600) + "h" + std::to_string(seconds % 3600 / 60) + "m";
  if (seconds >= 60) return std::to_string(seconds / 60) + "m" + std::to_string(seconds % 60) + "s";
  return std::to_string(seconds) + "s";
}

std::string format_bar(const BarState& state, size_t columns) {
  const bool finished = state.completed_bytes >= state.total_bytes;
  const double share =
      state.total_bytes <= 0
          ? 1.0
          : std::clamp(static_cast<double>(state.completed_bytes) / static_cast<double>(state.total_bytes),
                       0.0, 1.0);
  const std::string before =
      state.label + ": " + pad_left(std::to_string(static_cast<int>(share * 100)), 3) + "% ";
  std::string after = " " + pad_left(human_bytes(state.completed_bytes), 6);
  if (!finished) {
    after += "/" + pad_left(human_bytes(state.total_bytes), 6);
    std::string rate;
    std::string left;
    if (state.bytes_per_second > 0) {
      rate = human_bytes(static_cast<int64_t>(state.bytes_per_second)) + "/s";
      const auto missing = static_cast<double>(state.total_bytes - state.completed_bytes);
      left = format_time_left(static_cast<int64_t>(missing / state.bytes_per_second));
    }
    after += " " + pad_left(rate, 8) + " " + pad_left(left, 7);
  }
  const size_t used = before.size() + after.size() + 2;
  if (used + kMinBarCells > columns) return (before + after).substr(0, columns);
  const size_t cells = columns - used;
  const auto filled = static_cast<size_t>(share * static_cast<double>(cells));
  return before + "▕" + repeat("█", filled) + std::string(cells - filled, ' ') + "▏" + after;
}

}  // namespace samovar::app
