// Times and durations as Go spells them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::wire {

// "1h30m", "300ms", "-1s" -> nanoseconds. Fails with kInvalidArgument and Go's texts:
// time: invalid duration "soon" · time: missing unit in duration "10" · time: unknown unit "y" in duration
// "1y".
[[nodiscard]] Result<int64_t> parse_duration(std::string_view text);

// RFC 3339 in UTC, fraction without trailing zeros: "2026-11-22T14:53:41.208521219Z".
[[nodiscard]] std::string format_time(int64_t unix_ns);

// `delay_ns` after `unix_ns`; the sum may leave the range of int64_t (keep_alive for ever: year 2319).
[[nodiscard]] std::string format_time_after(int64_t unix_ns, int64_t delay_ns);

}  // namespace samovar::wire
