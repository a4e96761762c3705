// All that is kept of one owner, as a file: the right to have one's data. Blocks: for the archive's threads
// and for commands.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "history/store.h"

namespace samovar::chat {

using TextSink = std::function<Result<void>(std::string_view)>;

// Writes JSON in the form of the page's export, so that it can be imported: conversations (deleted ones too,
// for as long as they are kept), files that no message uses, and the account, if there is one, without its
// password. One conversation at a time is in memory. Fails as the store and the sink do.
Result<void> export_owner(history::Store& store, const std::string& owner, int64_t now_ms,
                          const TextSink& sink);

}  // namespace samovar::chat
