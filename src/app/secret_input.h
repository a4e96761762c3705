// Passwords from people or from pipes.
#pragma once

#include <string>

#include "base/result.h"

namespace samovar::app {

// Asks twice at a terminal, without showing what is typed; else takes the first line of standard input.
// Checked as accounts::check_new_password() does. kInvalidArgument.
[[nodiscard]] Result<std::string> read_new_password(const std::string& name);

}  // namespace samovar::app
