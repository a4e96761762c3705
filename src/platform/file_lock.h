// A lock between processes on a file of its own; given back when the process ends, however it ends.
#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"

namespace samovar::platform {

class FileLock {
 public:
  // Makes the file where it is missing and locks nothing yet. kIo.
  [[nodiscard]] static Result<FileLock> open(const std::filesystem::path& path);
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

  // True when no other process has it in any way.
  [[nodiscard]] bool try_exclusive();
  // Has it together with others; waits for one that has it alone.
  Result<void> share();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace samovar::platform
