// How commands tell people that something failed.
#pragma once

#include "base/error.h"

namespace samovar::app {

// Prints "Error: message" to standard error; the exit code of a failed command.
[[nodiscard]] int report(const Error& error);

}  // namespace samovar::app
