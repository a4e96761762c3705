#include "platform/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace samovar::platform {
namespace {

Error system_error(const std::filesystem::path& path, const char* what) {
  const Code code = errno == ENOENT ? Code::kNotFound : Code::kIo;
  return {code, std::string("cannot ") + what + " " + path.string() + ": " + std::strerror(errno)};
}

// Whole pages inside `part`: advice on a shared page would reach its neighbours.
void advise(std::span<const std::byte> part, int advice) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<size_t>(part.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<size_t>(part.data() + part.size()) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, advice);
}

}  // namespace

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return system_error(path, "open");
  struct stat status {};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) errno = EISDIR;
    const Error error = system_error(path, "read");
    close(file);
    return error;
  }
  MappedFile mapped;
  if (status.st_size > 0) {
    mapped.size_ = static_cast<size_t>(status.st_size);
    void* data = mmap(nullptr, mapped.size_, PROT_READ, MAP_SHARED, file, 0);
    if (data == MAP_FAILED) {
      const Error error = system_error(path, "map");
      close(file);
      return error;
    }
    mapped.data_ = static_cast<const std::byte*>(data);
  }
  close(file);
  return mapped;
}

void MappedFile::will_need(std::span<const std::byte> part) const { advise(part, MADV_WILLNEED); }

void MappedFile::give_back(std::span<const std::byte> part) const { advise(part, MADV_DONTNEED); }

}  // namespace samovar::platform
