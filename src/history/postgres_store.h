// The store in PostgreSQL.
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "history/postgres_database.h"
#include "history/schema.h"
#include "history/sql_store.h"

namespace samovar::history {

// Brings the tables up to date, one server at a time; those of an older version are copied to
// "<copies>/postgresql.before-v<N>-<time>.db" first. kUnsupported for a newer program's.
Result<void> prepare_postgres(PostgresDatabase& database, std::span<const Migration> steps,
                              const std::filesystem::path& copies);

// Connects and prepares. Fails as both do.
[[nodiscard]] Result<std::unique_ptr<SqlStore>> open_postgres_store(PostgresOptions options,
                                                                    const std::filesystem::path& copies);

// Servers of this program that are connected, but for the one of that number.
[[nodiscard]] Result<int64_t> count_servers(PostgresDatabase& database, int64_t but);

}  // namespace samovar::history
