// Copies of the store in one SQLite file, whatever database it is in: for backups, before changes, and for
// moving from one database to the other.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "history/postgres_database.h"
#include "history/schema.h"
#include "history/sqlite_database.h"
#include "history/tables.h"

namespace samovar::history {

// Copies an SQLite database while others read and write it: what was committed when the copy ends is in it.
// Written to "<to>.partial", checked, synced, then renamed; an older `to` is replaced only then. kIo,
// kCorrupt.
Result<void> copy_sqlite(SqliteDatabase& from, const std::filesystem::path& to);

// The same from PostgreSQL, whose tables are of the version to which `steps` lead: as they are at one moment,
// and compared with what was written.
Result<void> copy_postgres(PostgresDatabase& from, std::span<const Migration> steps,
                           const std::filesystem::path& to);

// The last steps of such a copy: syncs and renames. Removes a database file with all that lies beside it.
Result<void> finish_copy(const std::filesystem::path& partial, const std::filesystem::path& to);
void remove_database(const std::filesystem::path& path);

// kCorrupt unless both hold the same rows.
[[nodiscard]] Result<void> compare_tables(Database& one, Database& other, const std::vector<Table>& tables);

// The time as a part of file names: "20260131-235959".
[[nodiscard]] std::string copy_stamp();

// Whether the file is whole and the program's own: kNotFound, kCorrupt, kUnsupported (a newer program's),
// kInvalidArgument (something else).
[[nodiscard]] Result<TableCounts> check_copy(const std::filesystem::path& path);

}  // namespace samovar::history
