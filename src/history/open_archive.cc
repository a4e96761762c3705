// Opening the archive, and what is done when its SQLite file is damaged.
#include <system_error>

#include "history/archive.h"
#include "history/copies.h"
#include "history/postgres_store.h"
#include "history/sql_store.h"
#include "history/sqlite_folder.h"
#include "platform/file_lock.h"

namespace samovar::history {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kCheckedBytes = 64U << 20U;  // a larger file is not read through at every start

Result<void> check_whole(SqlStore& store, const fs::path& path) {
  std::error_code failed;
  const uintmax_t bytes = fs::file_size(path, failed);
  if (failed || bytes > kCheckedBytes) return {};
  std::string found;
  const auto read =
      store.database().run("PRAGMA quick_check(1)", {}, [&](const Row& row) { found = row.text(0); });
  if (!read) return read.error();
  if (found != "ok") return Error{Code::kCorrupt, found};
  return {};
}

Result<std::unique_ptr<SqlStore>> open_checked(const fs::path& path) {
  auto store = SqlStore::open(path);
  if (!store) return store.error();
  if (const auto whole = check_whole(**store, path); !whole) return whole.error();
  return store;
}

Result<fs::path> put_aside(const fs::path& path) {
  const fs::path aside = path.string() + ".damaged-" + copy_stamp();
  std::error_code failed;
  fs::rename(path, aside, failed);
  if (failed)
    return Error{Code::kIo, path.string() + " is damaged and cannot be put aside: " + failed.message()};
  for (const char* tail : {"-wal", "-shm"}) fs::rename(path.string() + tail, aside.string() + tail, failed);
  return aside;
}

Result<std::unique_ptr<SqlStore>> open_or_replace(const fs::path& path, std::string& notice) {
  auto store = open_checked(path);
  if (store || store.error().code != Code::kCorrupt) return store;
  const Result<fs::path> aside = put_aside(path);
  if (!aside) return aside.error();
  notice = "The file with the conversations was damaged. It was put aside as " + aside->string() +
           ", and a new one was begun.";
  return open_checked(path);
}

}  // namespace

namespace {

Result<Opened> open_postgres_archive(const Place& place) {
  auto writer = open_postgres_store({.url = place.url, .server_number = server_number()}, place.folder);
  if (!writer) return writer.error();
  Opened opened;
  const Result<int64_t> cut = (*writer)->mark_cut(Store::CutBy::kGone);
  if (!cut) return cut.error();
  opened.n_cut = *cut;
  auto reader = PostgresDatabase::open({.url = place.url, .read_only = true});
  if (!reader) return reader.error();
  opened.archive =
      std::make_unique<Archive>(*std::move(writer), std::make_unique<SqlStore>(*std::move(reader)));
  opened.archive->set_shared_url(place.url);
  return opened;
}

}  // namespace

Result<Opened> open_archive(const Place& place) {
  if (!place.url.empty()) return open_postgres_archive(place);
  if (const auto made = make_data_folder(place.folder); !made) return made.error();
  const fs::path path = place.folder / kStoreFile;
  Result<platform::FileLock> lock = open_store_lock(place.folder);
  if (!lock) return lock.error();
  const bool alone = lock->try_exclusive();
  Opened opened;
  auto writer = open_or_replace(path, opened.notice);
  if (!writer) return writer.error();
  // Another server on the same file may be writing those answers right now.
  if (alone) {
    const Result<int64_t> cut = (*writer)->mark_cut(Store::CutBy::kAll);
    if (!cut) return cut.error();
    opened.n_cut = *cut;
  }
  if (const auto shared = lock->share(); !shared) return shared.error();
  auto reader = SqlStore::open(path);
  if (!reader) return reader.error();
  opened.archive = std::make_unique<Archive>(*std::move(writer), *std::move(reader));
  opened.archive->hold(std::make_shared<platform::FileLock>(*std::move(lock)));
  return opened;
}

Result<Opened> open_archive_in_memory() {
  auto store = SqlStore::open_in_memory();
  if (!store) return store.error();
  Opened opened;
  opened.archive = std::make_unique<Archive>(*std::move(store), nullptr);
  return opened;
}

}  // namespace samovar::history
