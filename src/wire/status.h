// The one table from error codes to HTTP statuses, for every API of the program.
#pragma once

#include "base/error.h"

namespace samovar::wire {

[[nodiscard]] int http_status(Code code);

}  // namespace samovar::wire
