// How table() picks: apart from the environment, so that it can be tested.
#pragma once

#include <string>
#include <string_view>

#include "kernels/table.h"

namespace samovar::kernels {

struct Choice {
  const Table* table = nullptr;  // never null
  std::string problem;           // a sentence when `wanted` could not be had, else empty
};

// The available table of that name; the best one for an empty or unavailable name.
[[nodiscard]] Choice choose_table(std::string_view wanted);

}  // namespace samovar::kernels
