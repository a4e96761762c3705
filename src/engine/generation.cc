#include "engine/generation.h"

namespace samovar::engine {

std::string name_limit(int64_t limit_ms) {
  if (limit_ms <= 0) return "the time limit for this answer";
  const std::string figure =
      limit_ms % 1000 == 0 ? std::to_string(limit_ms / 1000) + " s" : std::to_string(limit_ms) + " ms";
  return "the time limit of " + figure + " for this answer";
}

}  // namespace samovar::engine
