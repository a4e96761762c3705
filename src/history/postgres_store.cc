#include "history/postgres_store.h"

#include "history/copies.h"
#include "history/server_number.h"
#include "history/sqlite_folder.h"

namespace samovar::history {

Result<void> prepare_postgres(PostgresDatabase& database, std::span<const Migration> steps,
                              const std::filesystem::path& copies) {
  const std::string lock = std::to_string(kServerLock) + "," + std::to_string(kTablesLock);
  if (const auto locked = database.run_script("SELECT pg_advisory_lock(" + lock + ")"); !locked)
    return locked.error();
  const auto keep = [&](int64_t version) -> Result<void> {
    if (const auto made = make_data_folder(copies); !made) return made.error();
    const auto file = "postgresql.before-v" + std::to_string(version + 1) + "-" + copy_stamp() + ".db";
    return copy_postgres(database, steps.first(static_cast<size_t>(version)), copies / file);
  };
  const auto done = migrate(database, steps, keep);
  static_cast<void>(database.run_script("SELECT pg_advisory_unlock(" + lock + ")"));
  return done;
}

Result<std::unique_ptr<SqlStore>> open_postgres_store(PostgresOptions options,
                                                      const std::filesystem::path& copies) {
  const int64_t number = options.server_number;
  auto database = PostgresDatabase::open(std::move(options));
  if (!database) return database.error();
  if (const auto prepared = prepare_postgres(**database, migrations(), copies); !prepared)
    return prepared.error();
  return std::make_unique<SqlStore>(*std::move(database), number);
}

Result<int64_t> count_servers(PostgresDatabase& database, int64_t but) {
  int64_t count = 0;
  const auto read = database.run(
      "SELECT count(DISTINCT objid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
      "classid::bigint = ?"
      " AND objsubid = 2 AND objid::bigint NOT IN (?, ?)"
      " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      {int64_t{kServerLock}, int64_t{kTablesLock}, but}, [&](const Row& row) { count = row.number(0); });
  if (!read) return read.error();
  return count;
}

}  // namespace samovar::history
