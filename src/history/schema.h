// The tables of the SQLite store, and the steps from each older version to the next. Only ever appended to.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "history/database.h"

namespace samovar::history {

// migrations()[n] leads from version n to n + 1; PRAGMA user_version holds the version.
[[nodiscard]] std::span<const char* const> migrations();

// Brings the file to the newest version, each step in a transaction; a file of an older version is copied to
// "<path>.before-v<N>" first. kUnsupported for a file of a newer program: nothing is changed.
Result<void> migrate(Database& database, const std::string& path, std::span<const char* const> steps);

}  // namespace samovar::history
