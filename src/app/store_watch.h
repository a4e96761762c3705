// Whether the place of the conversations can be reached, for /readyz.
#pragma once

#include <functional>

#include "history/archive.h"

namespace samovar::app {

using CheckStore = std::function<void(std::function<void(Result<void>)>)>;

// Asks the archive, which outlives it, at most every two seconds. Whoever asks waits a second at most and is
// called on the server's thread, onto which `post_later` leads.
[[nodiscard]] CheckStore watch_store(history::Archive& archive,
                                     std::function<void(std::function<void()>, int delay_ms)> post_later);

}  // namespace samovar::app
