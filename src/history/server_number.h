// Which of the servers on one store this process is.
#pragma once

#include <cstdint>

namespace samovar::history {

// From 1 to 2^31 - 1, by chance at the start of the process; the same for all of it.
[[nodiscard]] int64_t server_number();

// The first half of PostgreSQL's advisory locks of this program; the second is the server's number, held for
// as long as the server is connected.
inline constexpr int32_t kServerLock = 0x53414D4F;
// The second half while tables are made or replaced.
inline constexpr int32_t kTablesLock = 0;

}  // namespace samovar::history
