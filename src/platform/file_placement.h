// The two file operations that std::filesystem lacks.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace samovar::platform {

// Makes `to`, a new file that shares the data blocks of `from` until one of them is written. False, and
// no `to`, where the file system cannot (ext4, tmpfs, another device).
[[nodiscard]] bool clone_file(const std::filesystem::path& from, const std::filesystem::path& to);

// Waits until the file's (or directory's) content is on the disk. kIo with the system's words.
[[nodiscard]] Result<void> sync_path(const std::filesystem::path& path);

}  // namespace samovar::platform
