#include "history/copies.h"

#include <sqlite3.h>

#include <ctime>
#include <system_error>

#include "history/tables.h"
#include "platform/file_placement.h"

namespace samovar::history {
namespace {

namespace fs = std::filesystem;

Error cannot_copy(const fs::path& to, const std::string& why) {
  return {Code::kIo, "no copy could be written to " + to.string() + ": " + why};
}

// All pages in one step: the source is read in one transaction, so that the copy is of one moment.
Result<void> copy_pages(SqliteDatabase& from, SqliteDatabase& into) {
  sqlite3_backup* const backup = sqlite3_backup_init(into.handle(), "main", from.handle(), "main");
  if (backup == nullptr) return into.error(sqlite3_errcode(into.handle()));
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return into.error(stepped);
  if (finished != SQLITE_OK) return into.error(finished);
  return {};
}

Result<void> check_whole_file(SqliteDatabase& database) {
  std::string found;
  const auto read =
      database.run("PRAGMA integrity_check(1)", {}, [&](const Row& row) { found = row.text(0); });
  if (!read) return read.error();
  if (found != "ok") return Error{Code::kCorrupt, database.place() + " is damaged: " + found};
  return {};
}

}  // namespace

Result<void> finish_copy(const fs::path& partial, const fs::path& to) {
  if (const auto synced = platform::sync_path(partial); !synced) return synced.error();
  std::error_code failed;
  fs::rename(partial, to, failed);
  if (failed) return cannot_copy(to, failed.message());
  return platform::sync_path(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

void remove_database(const fs::path& path) {
  std::error_code failed;
  for (const char* tail : {"", "-wal", "-shm", "-journal"}) fs::remove(path.string() + tail, failed);
}

Result<void> copy_sqlite(SqliteDatabase& from, const fs::path& to) {
  const fs::path partial = to.string() + ".partial";
  remove_database(partial);
  Result<void> done;
  {
    auto into = SqliteDatabase::open(partial.string());
    if (!into) return cannot_copy(to, into.error().message);
    done = copy_pages(from, **into);
    // One file, whatever the source's journal is.
    if (done) done = (*into)->run_script("PRAGMA journal_mode = DELETE");
    if (done) done = check_whole_file(**into);
  }
  if (done) done = finish_copy(partial, to);
  if (!done) remove_database(partial);
  if (!done && done.error().code == Code::kIo) return cannot_copy(to, done.error().message);
  return done;
}

std::string copy_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::string out(32, '\0');
  out.resize(std::strftime(out.data(), out.size(), "%Y%m%d-%H%M%S", &parts));
  return out;
}

Result<void> compare_tables(Database& one, Database& other, const std::vector<Table>& tables) {
  for (const Table& table : tables) {
    const Result<uint64_t> first = digest_table(one, table);
    if (!first) return first.error();
    const Result<uint64_t> second = digest_table(other, table);
    if (!second) return second.error();
    if (*first != *second) {
      return Error{Code::kCorrupt,
                   "the copy's table '" + table.name + "' is not what " + one.place() + " has"};
    }
  }
  return {};
}

namespace {

// Inside the snapshot.
Result<void> fill_copy(PostgresDatabase& from, std::span<const Migration> steps, const fs::path& partial) {
  auto into = SqliteDatabase::open(partial.string());
  if (!into) return into.error();
  auto done = (*into)->run_script("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY");
  if (done) done = migrate(**into, steps, [](int64_t) { return Result<void>(); });
  if (!done) return done;
  const auto tables = list_tables(**into);
  if (!tables) return tables.error();
  done = (*into)->begin();
  if (done) done = copy_tables(from, **into, *tables);
  if (done) done = (*into)->commit();
  if (done) done = compare_tables(from, **into, *tables);
  if (done) done = check_whole_file(**into);
  return done;
}

}  // namespace

Result<void> copy_postgres(PostgresDatabase& from, std::span<const Migration> steps, const fs::path& to) {
  const fs::path partial = to.string() + ".partial";
  remove_database(partial);
  Result<void> done = from.begin_snapshot();
  if (done) done = fill_copy(from, steps, partial);
  static_cast<void>(from.roll_back());
  if (done) done = finish_copy(partial, to);
  if (!done) remove_database(partial);
  return done;
}

Result<TableCounts> check_copy(const fs::path& path) {
  std::error_code failed;
  if (!fs::exists(path, failed)) return Error{Code::kNotFound, "there is no file " + path.string()};
  auto opened = SqliteDatabase::open(path.string(), SqliteDatabase::Mode::kReadOnly);
  if (!opened) return opened.error();
  SqliteDatabase& database = **opened;
  if (const auto whole = check_whole_file(database); !whole) {
    if (whole.error().code != Code::kCorrupt) return whole.error();
    return Error{Code::kCorrupt, path.string() + " is damaged, or no backup: " + whole.error().message};
  }
  const Result<int64_t> version = read_version(database);
  if (!version) return version.error();
  const auto newest = static_cast<int64_t>(migrations().size());
  if (*version > newest) {
    return Error{Code::kUnsupported, path.string() + " was written by a newer Samovar (version " +
                                         std::to_string(*version) + " of the tables; this program knows " +
                                         std::to_string(newest) + "): update the program first"};
  }
  const auto tables = list_tables(database);
  if (!tables) return tables.error();
  if (*version == 0 || tables->empty())
    return Error{Code::kInvalidArgument, path.string() + " is no backup of Samovar's conversations"};
  return count_rows(database, *tables);
}

}  // namespace samovar::history
