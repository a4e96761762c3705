#include "platform/file_placement.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace samovar::platform {

bool clone_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0) return false;
  const int target = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  const bool cloned = target >= 0 && ::ioctl(target, FICLONE, source) == 0;
  if (target >= 0) {
    ::close(target);
    if (!cloned) ::unlink(to.c_str());
  }
  ::close(source);
  return cloned;
}

Result<void> sync_path(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 || ::fsync(descriptor) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return Error{Code::kIo, "cannot write " + path.string() + " to the disk: " + std::strerror(error)};
  }
  ::close(descriptor);
  return {};
}

}  // namespace samovar::platform
