// Where the SQLite archive lies, and what is done when it is damaged.
#include <ctime>
#include <system_error>

#include "history/archive.h"
#include "history/sqlite_store.h"
#include "platform/file_lock.h"

namespace samovar::history {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "history.db";
constexpr uintmax_t kCheckedBytes = 64U << 20U;  // a larger file is not read through at every start

Result<void> make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) {
    return Error{Code::kIo,
                 "the folder for conversations, " + folder.string() +
                     ", cannot be made: " + failed.message() +
                     "; SAMOVAR_DATA names another, SAMOVAR_STATELESS=1 keeps them in memory only"};
  }
  // Conversations are their owner's alone.
  fs::permissions(folder, fs::perms::owner_all, failed);
  return {};
}

Result<void> check_whole(SqliteStore& store, const fs::path& path) {
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

Result<std::unique_ptr<SqliteStore>> open_checked(const fs::path& path) {
  auto store = SqliteStore::open(path);
  if (!store) return store.error();
  if (const auto whole = check_whole(**store, path); !whole) return whole.error();
  return store;
}

std::string stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::string out(32, '\0');
  out.resize(std::strftime(out.data(), out.size(), "%Y%m%d-%H%M%S", &parts));
  return out;
}

Result<fs::path> put_aside(const fs::path& path) {
  const fs::path aside = path.string() + ".damaged-" + stamp();
  std::error_code failed;
  fs::rename(path, aside, failed);
  if (failed)
    return Error{Code::kIo, path.string() + " is damaged and cannot be put aside: " + failed.message()};
  for (const char* tail : {"-wal", "-shm"}) fs::rename(path.string() + tail, aside.string() + tail, failed);
  return aside;
}

Result<std::unique_ptr<SqliteStore>> open_or_replace(const fs::path& path, std::string& notice) {
  auto store = open_checked(path);
  if (store || store.error().code != Code::kCorrupt) return store;
  const Result<fs::path> aside = put_aside(path);
  if (!aside) return aside.error();
  notice = "The file with the conversations was damaged. It was put aside as " + aside->string() +
           ", and a new one was begun.";
  return open_checked(path);
}

}  // namespace

Result<Opened> open_archive(const fs::path& folder) {
  if (const auto made = make_folder(folder); !made) return made.error();
  const fs::path path = folder / kFile;
  Result<platform::FileLock> lock = platform::FileLock::open(folder / "history.lock");
  if (!lock) return lock.error();
  const bool alone = lock->try_exclusive();
  Opened opened;
  auto writer = open_or_replace(path, opened.notice);
  if (!writer) return writer.error();
  // Another server on the same file may be writing those answers right now.
  if (alone) {
    const Result<int64_t> cut = (*writer)->mark_cut();
    if (!cut) return cut.error();
    opened.n_cut = *cut;
  }
  if (const auto shared = lock->share(); !shared) return shared.error();
  auto reader = SqliteStore::open(path);
  if (!reader) return reader.error();
  opened.archive = std::make_unique<Archive>(*std::move(writer), *std::move(reader));
  opened.archive->hold(std::make_shared<platform::FileLock>(*std::move(lock)));
  return opened;
}

Result<Opened> open_archive_in_memory() {
  auto store = SqliteStore::open_in_memory();
  if (!store) return store.error();
  Opened opened;
  opened.archive = std::make_unique<Archive>(*std::move(store), nullptr);
  return opened;
}

}  // namespace samovar::history
