#include "platform/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace samovar::platform {

Result<FileLock> FileLock::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Error{Code::kIo, "cannot open " + path.string() + ": " + std::strerror(errno)};
  return FileLock(descriptor);
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool FileLock::try_exclusive() { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

Result<void> FileLock::share() {
  while (::flock(descriptor_, LOCK_SH) != 0) {
    if (errno != EINTR)
      return Error{Code::kIo, std::string("cannot lock the conversations: ") + std::strerror(errno)};
  }
  return {};
}

}  // namespace samovar::platform
