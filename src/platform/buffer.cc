#include "platform/buffer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>

namespace samovar::platform {
namespace {

constexpr size_t kHugePage = size_t{2} << 20U;

}  // namespace

Buffer::~Buffer() {
  if (mapping_ != nullptr) munmap(mapping_, mapping_size_);
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      mapping_size_(std::exchange(other.mapping_size_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(mapping_, other.mapping_);
  std::swap(mapping_size_, other.mapping_size_);
  return *this;
}

Result<Buffer> Buffer::make(size_t size_bytes, Pages pages) {
  Buffer buffer;
  buffer.size_ = size_bytes;
  buffer.mapping_size_ = size_bytes < kHugePage ? size_bytes + 1 : size_bytes + kHugePage;
  void* mapping = mmap(nullptr, buffer.mapping_size_, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) {
    return Error{Code::kOutOfMemory,
                 "the system gives no " + std::to_string(size_bytes) + " bytes of memory"};
  }
  buffer.mapping_ = static_cast<std::byte*>(mapping);
  buffer.data_ = buffer.mapping_;
  if (size_bytes >= kHugePage) {
    const auto address = reinterpret_cast<uintptr_t>(mapping);
    buffer.data_ += (kHugePage - address % kHugePage) % kHugePage;
    madvise(buffer.data_, size_bytes, pages == Pages::kHuge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  }
  return buffer;
}

void Buffer::release(size_t offset, size_t n_bytes) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(data_ + offset);
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t end = (begin + n_bytes) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

}  // namespace samovar::platform
