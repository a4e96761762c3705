// Letter case and printability of Unicode 14, as Python 3.11 has them.
#pragma once

#include <cstdint>
#include <span>

namespace samovar::text::jinja {

struct CaseRun {  // first, first + stride, ..., last are shifted by delta
  uint32_t first;
  uint32_t last;
  uint32_t stride;
  int32_t delta;
};
struct CodeRange {
  uint32_t first;
  uint32_t last;
};

// Sorted by `first`. Only one-to-one mappings.
[[nodiscard]] std::span<const CaseRun> upper_case_runs();
[[nodiscard]] std::span<const CaseRun> lower_case_runs();
[[nodiscard]] std::span<const CodeRange> unprintable_ranges();

}  // namespace samovar::text::jinja
