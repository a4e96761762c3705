// The tables, and the steps from each older version to the next. Only ever appended to.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/result.h"
#include "history/database.h"

namespace samovar::history {

// From version n to n + 1. `tables` is SQLite's SQL of which PostgreSQL's is made (to_postgres()); the rest
// is what only one of them knows. Keys are `key INTEGER PRIMARY KEY`, columns INTEGER or TEXT.
struct Migration {
  const char* tables = "";
  const char* sqlite = "";
  const char* postgres = "";
};

// migrations()[n] leads from version n to n + 1.
[[nodiscard]] std::span<const Migration> migrations();

// INTEGER -> BIGINT, TEXT -> TEXT in the order of bytes, keys that number themselves.
[[nodiscard]] std::string to_postgres(std::string tables);

// The version of the tables; 0: there are none.
[[nodiscard]] Result<int64_t> read_version(Database& database);

// Keeps a copy of the tables, which are of that version, before they are changed.
using KeepCopy = std::function<Result<void>(int64_t version)>;

// Brings the tables to the newest version, each step in a transaction; `keep` is called before the first one
// where there is something to lose. kUnsupported for tables of a newer program: nothing is changed.
Result<void> migrate(Database& database, std::span<const Migration> steps, const KeepCopy& keep);

}  // namespace samovar::history
