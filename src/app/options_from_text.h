// Generation options by name, as people type them: "/set parameter temperature 0.5".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace samovar::app {

// `values` has one element, or several for "stop". Fails with kInvalidArgument: an unknown name, or a
// value that is no number of its kind.
[[nodiscard]] Result<void> set_option(backend::Options& options, std::string_view name,
                                      const std::vector<std::string>& values);

// One line per option: "  /set parameter seed <int>             Random number seed".
[[nodiscard]] std::string options_help();

// What is set, one "name value" row per option, in the order of the help.
[[nodiscard]] std::vector<std::vector<std::string>> option_rows(const backend::Options& options);

}  // namespace samovar::app
