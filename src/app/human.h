// Sizes, times and durations as people read them, in Ollama's words.
#pragma once

#include <cstdint>
#include <string>

namespace samovar::app {

// Powers of 1000: "98 MB", "1.6 GB", "512 B".
[[nodiscard]] std::string human_bytes(int64_t bytes);

// "Less than a second", "25 minutes", "About an hour", "3 weeks".
[[nodiscard]] std::string human_duration(int64_t duration_ns);

// A moment seen from `now_ns`: "25 minutes ago", "4 minutes from now"; INT64_MAX: "Forever".
[[nodiscard]] std::string human_time(int64_t time_ns, int64_t now_ns);

// UTC: "2026-11-22 14:53"; `none` for 0.
[[nodiscard]] std::string minute_text(int64_t unix_ms, const char* none);

// As Go prints a time.Duration: "829.979881ms", "1.5s", "2m3.5s", "0s".
[[nodiscard]] std::string go_duration(int64_t duration_ns);

}  // namespace samovar::app
