#include "history/sqlite_folder.h"

#include <system_error>

namespace samovar::history {

namespace fs = std::filesystem;

Result<void> make_data_folder(const fs::path& folder) {
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

Result<platform::FileLock> open_store_lock(const fs::path& folder) {
  Result<platform::FileLock> lock = platform::FileLock::open(folder / kLockFile);
  if (lock) return lock;
  return Error{Code::kIo,
               "conversations cannot be written to " + folder.string() + " (" + lock.error().message +
                   "): the folder and its files must belong to the user that runs Samovar and not be "
                   "mounted read-only; SAMOVAR_DATA names another, SAMOVAR_STATELESS=1 needs none"};
}

}  // namespace samovar::history
