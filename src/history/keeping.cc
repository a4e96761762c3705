#include "history/keeping.h"

#include <system_error>
#include <utility>

#include "history/copies.h"
#include "history/postgres_store.h"
#include "history/sql_store.h"
#include "history/sqlite_folder.h"
#include "platform/file_lock.h"

namespace samovar::history {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

Result<platform::FileLock> lock_alone(const fs::path& folder) {
  if (const auto made = make_data_folder(folder); !made) return made.error();
  Result<platform::FileLock> lock = open_store_lock(folder);
  if (!lock) return lock.error();
  if (!lock->try_exclusive())
    return Error{Code::kConflict, "a server is using " + folder.string() + ": stop it first"};
  return lock;
}

Result<std::unique_ptr<SqliteDatabase>> open_existing(const fs::path& path) {
  if (!is_there(path)) return Error{Code::kNotFound, "there is no " + path.string() + " yet"};
  return SqliteDatabase::open(path.string());
}

Result<std::unique_ptr<PostgresDatabase>> open_server(const std::string& url) {
  return PostgresDatabase::open({.url = url});
}

Result<void> refuse_servers(PostgresDatabase& database) {
  const Result<int64_t> n_servers = count_servers(database, 0);
  if (!n_servers) return n_servers.error();
  if (*n_servers == 0) return {};
  return Error{Code::kConflict,
               std::to_string(*n_servers) + " server(s) are using " + database.place() + ": stop them first"};
}

// A copy of the file with today's tables, that goes when it is not renamed.
class UpdatedCopy {
 public:
  explicit UpdatedCopy(fs::path path) : path_(std::move(path)) {}
  ~UpdatedCopy() { remove_database(path_); }
  UpdatedCopy(const UpdatedCopy&) = delete;
  UpdatedCopy& operator=(const UpdatedCopy&) = delete;

  Result<TableCounts> fill(const fs::path& file) {
    auto counts = check_copy(file);
    if (!counts) return counts;
    remove_database(path_);
    auto from = SqliteDatabase::open(file.string(), SqliteDatabase::Mode::kReadOnly);
    if (!from) return from.error();
    if (const auto copied = copy_sqlite(**from, path_); !copied) return copied.error();
    {
      auto store = SqliteDatabase::open(path_.string());
      if (!store) return store.error();
      const auto updated = migrate(**store, migrations(), [](int64_t) { return Result<void>(); });
      if (!updated) return updated.error();
    }
    return counts;
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

// The store's file and what belongs to it, under another name.
Result<fs::path> put_file_aside(const fs::path& path) {
  if (!is_there(path)) return fs::path();
  const fs::path aside = path.string() + ".before-restore-" + copy_stamp();
  std::error_code failed;
  // The log first: without it, the file by itself would be an older state.
  for (const char* tail : {"-wal", "-shm", ""}) {
    if (!is_there(path.string() + tail)) continue;
    fs::rename(path.string() + tail, aside.string() + tail, failed);
    if (failed) return Error{Code::kIo, path.string() + " cannot be put aside: " + failed.message()};
  }
  return aside;
}

Result<Restored> restore_sqlite(const fs::path& folder, const fs::path& file) {
  const auto lock = lock_alone(folder);
  if (!lock) return lock.error();
  const fs::path path = folder / kStoreFile;
  std::error_code failed;
  if (fs::equivalent(file, path, failed))
    return Error{Code::kInvalidArgument, file.string() + " is the store itself"};
  UpdatedCopy copy(path.string() + ".restored");
  auto counts = copy.fill(file);
  if (!counts) return counts.error();
  const Result<fs::path> aside = put_file_aside(path);
  if (!aside) return aside.error();
  if (const auto done = finish_copy(copy.path(), path); !done) return done.error();
  return Restored{*std::move(counts), *aside};
}

Result<void> replace_tables(SqliteDatabase& from, PostgresDatabase& into) {
  const auto tables = list_tables(from);
  if (!tables) return tables.error();
  auto done = into.begin();
  if (!done) return done;
  for (const Table& table : *tables) {
    if (done) done = into.run_script("TRUNCATE \"" + table.name + "\" CASCADE");
  }
  if (done) done = copy_tables(from, into, *tables);
  if (done) done = compare_tables(from, into, *tables);
  if (done) done = into.commit();
  if (!done) static_cast<void>(into.roll_back());
  return done;
}

Result<Restored> restore_postgres(const Place& place, const fs::path& file) {
  if (const auto made = make_data_folder(place.folder); !made) return made.error();
  UpdatedCopy copy(place.folder / "postgresql.restored");
  auto counts = copy.fill(file);
  if (!counts) return counts.error();
  auto database = open_server(place.url);
  if (!database) return database.error();
  if (const auto alone = refuse_servers(**database); !alone) return alone.error();
  if (const auto done = prepare_postgres(**database, migrations(), place.folder); !done) return done.error();
  Restored restored{*std::move(counts), place.folder / ("postgresql.before-restore-" + copy_stamp() + ".db")};
  if (const auto kept = copy_postgres(**database, migrations(), restored.aside); !kept) return kept.error();
  auto from = SqliteDatabase::open(copy.path().string(), SqliteDatabase::Mode::kReadOnly);
  if (!from) return from.error();
  if (const auto done = replace_tables(**from, **database); !done) return done.error();
  return restored;
}

// Conversations, accounts and keys; the servers' own values are made by a server that merely starts.
bool is_empty(const TableCounts& counts) {
  for (const auto& [table, count] : counts) {
    if ((table == "chats" || table == "users" || table == "api_keys") && count > 0) return false;
  }
  return true;
}

Result<void> refuse_full(const Place& place) {
  const auto status = read_status(place);
  if (!status) return status.error().code == Code::kNotFound ? Result<void>() : status.error();
  if (is_empty(status->counts)) return {};
  return Error{Code::kConflict,
               status->address + " holds conversations, accounts or API keys already: nothing was changed. " +
                   "'samovar restore' replaces them with a backup"};
}

Result<TableCounts> back_up_postgres(const Place& place, const fs::path& file) {
  auto database = open_server(place.url);
  if (!database) return database.error();
  const Result<int64_t> version = read_version(**database);
  if (!version) return version.error();
  const auto newest = static_cast<int64_t>(migrations().size());
  if (*version == 0)
    return Error{Code::kNotFound, "there are no conversations in " + (*database)->place() + " yet"};
  if (*version > newest) {
    return Error{Code::kUnsupported,
                 (*database)->place() + " was written by a newer Samovar: back it up with that one"};
  }
  const auto steps = migrations().first(static_cast<size_t>(*version));
  if (const auto done = copy_postgres(**database, steps, file); !done) return done.error();
  return check_copy(file);
}

Result<StoreStatus> read_postgres_status(const Place& place) {
  auto database = open_server(place.url);
  if (!database) return database.error();
  StoreStatus status{.kind = "postgresql", .address = (*database)->place()};
  const Result<int64_t> version = read_version(**database);
  if (!version) return version.error();
  status.version = *version;
  const Result<int64_t> n_servers = count_servers(**database, 0);
  if (!n_servers) return n_servers.error();
  status.n_servers = *n_servers;
  if (*version == 0 || *version > static_cast<int64_t>(migrations().size())) return status;
  // The names of the tables are SQLite's to tell.
  auto model = SqliteDatabase::open(":memory:");
  if (!model) return model.error();
  const auto steps = migrations().first(static_cast<size_t>(*version));
  if (const auto made = migrate(**model, steps, {}); !made) return made.error();
  const auto tables = list_tables(**model);
  if (!tables) return tables.error();
  auto counts = count_rows(**database, *tables);
  if (!counts) return counts.error();
  status.counts = *std::move(counts);
  SqlStore store(*std::move(database), 0);
  const auto figures = store.measure();
  if (figures) status.bytes = figures->bytes;
  return status;
}

Result<StoreStatus> read_sqlite_status(const fs::path& folder) {
  const fs::path path = folder / kStoreFile;
  auto database = open_existing(path);
  if (!database) return database.error();
  StoreStatus status{.kind = "sqlite", .address = path.string()};
  const Result<int64_t> version = read_version(**database);
  if (!version) return version.error();
  status.version = *version;
  const auto tables = list_tables(**database);
  if (!tables) return tables.error();
  auto counts = count_rows(**database, *tables);
  if (!counts) return counts.error();
  status.counts = *std::move(counts);
  auto lock = open_store_lock(folder);
  status.n_servers = lock && lock->try_exclusive() ? 0 : -1;
  for (const char* tail : {"", "-wal"}) {
    std::error_code failed;
    const uintmax_t bytes = fs::file_size(path.string() + tail, failed);
    if (!failed) status.bytes += static_cast<int64_t>(bytes);
  }
  return status;
}

}  // namespace

Result<TableCounts> back_up(const Place& place, const fs::path& file) {
  if (!place.url.empty()) return back_up_postgres(place, file);
  const fs::path path = place.folder / kStoreFile;
  auto database = open_existing(path);
  if (!database) return database.error();
  std::error_code failed;
  if (fs::equivalent(file, path, failed))
    return Error{Code::kInvalidArgument, file.string() + " is the store itself: name another file"};
  if (const auto copied = copy_sqlite(**database, file); !copied) return copied.error();
  return check_copy(file);
}

Result<Restored> restore(const Place& place, const fs::path& file) {
  return place.url.empty() ? restore_sqlite(place.folder, file) : restore_postgres(place, file);
}

Result<Restored> move_store(const Place& from, const Place& to) {
  if (const auto empty = refuse_full(to); !empty) return empty.error();
  if (from.url.empty()) {
    const auto lock = lock_alone(from.folder);
    if (!lock) return lock.error();
    if (!is_there(from.folder / kStoreFile))
      return Error{Code::kNotFound, "there is no " + (from.folder / kStoreFile).string() + " yet"};
    return restore(to, from.folder / kStoreFile);
  }
  auto database = open_server(from.url);
  if (!database) return database.error();
  if (const auto alone = refuse_servers(**database); !alone) return alone.error();
  if (const auto made = make_data_folder(to.folder); !made) return made.error();
  UpdatedCopy copy(to.folder / "postgresql.moved");
  if (const auto done = back_up(from, copy.path()); !done) return done.error();
  return restore(to, copy.path());
}

Result<StoreStatus> read_status(const Place& place) {
  auto status = place.url.empty() ? read_sqlite_status(place.folder) : read_postgres_status(place);
  if (status) status->newest = static_cast<int64_t>(migrations().size());
  return status;
}

}  // namespace samovar::history
