// A file mapped read-only into memory. Movable; the mapping lives as long as the object.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace samovar::platform {

class MappedFile {
 public:
  MappedFile() = default;
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  // kNotFound when there is no such file, kIo with the system's words otherwise. An empty file maps to an
  // empty span.
  [[nodiscard]] static Result<MappedFile> open(const std::filesystem::path& path);

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }

  // Reads ahead / gives the pages of a part back to the system; they come back from the file when touched.
  void will_need(std::span<const std::byte> part) const;
  void give_back(std::span<const std::byte> part) const;

 private:
  const std::byte* data_ = nullptr;  // owned mapping
  size_t size_ = 0;
};

}  // namespace samovar::platform
