// What a store holds, in words.
#pragma once

#include <string>

#include "history/tables.h"

namespace samovar::app {

// "12 chats, 340 messages, 2 files, 3 accounts"
[[nodiscard]] std::string describe_counts(const history::TableCounts& counts);

}  // namespace samovar::app
