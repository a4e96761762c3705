// The folder with the SQLite store.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "platform/file_lock.h"

namespace samovar::history {

inline constexpr const char* kStoreFile = "history.db";
// Shared by every server on the folder while it runs; held alone by what replaces the store.
inline constexpr const char* kLockFile = "history.lock";

// Makes it where it is missing, for its owner alone. kIo.
[[nodiscard]] Result<void> make_data_folder(const std::filesystem::path& folder);

// The file of kLockFile, made where it is missing; nothing is locked yet. kIo, with what to do.
[[nodiscard]] Result<platform::FileLock> open_store_lock(const std::filesystem::path& folder);

}  // namespace samovar::history
