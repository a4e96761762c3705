#include "app/human.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>
#include <utility>

namespace samovar::app {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::string count(int64_t n, const char* unit) { return std::to_string(n) + " " + unit; }

// A fraction of up to nine digits without the zeros at its end: 1500 of 1000000 -> "0.0015".
std::string decimal(int64_t value, int64_t unit) {
  std::string text = std::to_string(value / unit);
  int64_t rest = value % unit;
  if (rest == 0) return text;
  text += '.';
  for (int64_t digit = unit / 10; digit > 0 && rest > 0; digit /= 10) {
    text += static_cast<char>('0' + rest / digit);
    rest %= digit;
  }
  return text;
}

}  // namespace

std::string human_bytes(int64_t bytes) {
  constexpr std::array<std::pair<double, const char*>, 4> kUnits = {
      {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "KB"}}};
  for (const auto& [size, unit] : kUnits) {
    const double value = static_cast<double>(bytes) / size;
    if (value < 1) continue;
    std::array<char, 32> text{};
    const bool whole = value >= 10 || value == std::trunc(value);
    std::snprintf(text.data(), text.size(), whole ? "%.0f %s" : "%.1f %s", whole ? std::trunc(value) : value,
                  unit);
    return text.data();
  }
  return count(bytes, "B");
}

std::string human_duration(int64_t duration_ns) {
  const int64_t seconds = duration_ns / kSecond;
  const int64_t minutes = seconds / 60;
  const auto hours = static_cast<int64_t>(std::llround(static_cast<double>(seconds) / 3600.0));
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return count(seconds, "seconds");
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return count(minutes, "minutes");
  if (hours == 1) return "About an hour";
  if (hours < 48) return count(hours, "hours");
  if (hours < 24 * 7 * 2) return count(hours / 24, "days");
  if (hours < 24 * 30 * 2) return count(hours / 24 / 7, "weeks");
  if (hours < 24 * 365 * 2) return count(hours / 24 / 30, "months");
  return count(hours / 24 / 365, "years");
}

std::string human_time(int64_t time_ns, int64_t now_ns) {
  if (time_ns == std::numeric_limits<int64_t>::max()) return "Forever";
  if (time_ns > now_ns) return human_duration(time_ns - now_ns) + " from now";
  return human_duration(now_ns - time_ns) + " ago";
}

std::string minute_text(int64_t unix_ms, const char* none) {
  if (unix_ms <= 0) return none;
  const std::time_t time = unix_ms / 1000;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts);
  return text.data();
}

std::string go_duration(int64_t duration_ns) {
  if (duration_ns < 0) return "-" + go_duration(-duration_ns);
  if (duration_ns == 0) return "0s";
  if (duration_ns < 1'000) return std::to_string(duration_ns) + "ns";
  if (duration_ns < 1'000'000) return decimal(duration_ns, 1'000) + "µs";
  if (duration_ns < kSecond) return decimal(duration_ns, 1'000'000) + "ms";
  const int64_t minutes = duration_ns / kSecond / 60;
  std::string text;
  if (minutes >= 60) text += std::to_string(minutes / 60) + "h";
  if (minutes > 0) text += std::to_string(minutes % 60) + "m";
  return text + decimal(duration_ns - minutes * 60 * kSecond, kSecond) + "s";
}

}  // namespace samovar::app
