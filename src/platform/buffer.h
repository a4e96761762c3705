// Large zeroed memory straight from the system. Pages take real memory only once they are touched.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"

namespace samovar::platform {

// kHuge: 2 MiB pages where the system gives them, for memory that is used whole. kSmall: 4 KiB pages, for
// memory that is reserved generously and filled sparsely.
enum class Pages { kHuge, kSmall };

class Buffer {
 public:
  Buffer() = default;
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  // Aligned to 2 MiB when that large, else to a page. kOutOfMemory when the system refuses.
  [[nodiscard]] static Result<Buffer> make(size_t size_bytes, Pages pages = Pages::kHuge);

  // Gives the memory of whole pages within [offset, offset + n_bytes) back to the system; they read as zeros
  // afterwards.
  void release(size_t offset, size_t n_bytes);

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] size_t size_bytes() const { return size_; }

  // The buffer as an array of T.
  template <typename T>
  [[nodiscard]] T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  std::byte* data_ = nullptr;  // within the mapping
  size_t size_ = 0;
  std::byte* mapping_ = nullptr;  // owned
  size_t mapping_size_ = 0;
};

}  // namespace samovar::platform
