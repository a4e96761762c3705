// A GGUF file on disk: mapped, parsed, with typed access to its metadata.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gguf/directory.h"
#include "platform/mapped_file.h"

namespace samovar::gguf {

// Immutable; any thread may read it. Everything it gives out points into the mapping and lives as long
// as the File.
class File {
 public:
  // Fails as MappedFile::open and parse_directory do; the message begins with the path.
  [[nodiscard]] static Result<std::shared_ptr<const File>> open(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const Directory& directory() const { return directory_; }
  [[nodiscard]] const platform::MappedFile& mapping() const { return mapping_; }

  // A value by key. `get_*` with a fallback: the fallback when the key is absent.
  // Fails with kCorrupt when the key is absent and there is no fallback, or has another type or a value out
  // of range; the message names the key.
  [[nodiscard]] Result<int64_t> get_integer(std::string_view key, std::optional<int64_t> fallback = {}) const;
  [[nodiscard]] Result<double> get_number(std::string_view key, std::optional<double> fallback = {}) const;
  [[nodiscard]] Result<std::string> get_string(std::string_view key,
                                               std::optional<std::string> fallback = {}) const;
  [[nodiscard]] Result<bool> get_boolean(std::string_view key, std::optional<bool> fallback = {}) const;

 private:
  std::filesystem::path path_;
  platform::MappedFile mapping_;
  Directory directory_;
};

}  // namespace samovar::gguf
