// The files of a store: where a name's manifest is, and writing that a crash cannot leave half done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "catalog/name.h"

namespace samovar::catalog {

// manifests/<host>/<namespace>/<model>/<tag>: the existing one whose parts equal the name's without regard
// to case (an exact match preferred), else the path that a new one gets.
[[nodiscard]] std::filesystem::path manifest_path(const std::filesystem::path& root, const Name& name);

// A name for an unfinished file under blobs/, used by no other import. The directory is made when missing.
[[nodiscard]] Result<std::filesystem::path> make_temporary_path(const std::filesystem::path& root);

// Removes unfinished files that imports left behind more than an hour ago, and downloads that nobody went
// on with for a week.
void remove_leftovers(const std::filesystem::path& root);

// Every file at the depth of a tag whose path is a valid name.
[[nodiscard]] std::vector<std::pair<Name, std::filesystem::path>> list_manifests(
    const std::filesystem::path& root);

// Keeps those who add blobs and those who remove unused ones apart, between threads and processes. Many may
// add at once; removing excludes both.
class StoreLock {
 public:
  enum class For { kAdding, kRemoving };
  // kAdding waits; kRemoving gives up after a second, because a download may take hours.
  StoreLock(const std::filesystem::path& root, For what);
  ~StoreLock() { release(); }
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

  [[nodiscard]] bool is_held() const { return held_; }
  void release();

 private:
  int descriptor_;
  bool held_ = false;
};

// kIo, naming both sizes, when the disk of `directory` has no room for that many bytes more.
[[nodiscard]] Result<void> check_space(const std::filesystem::path& directory, uint64_t bytes);

// The whole of a small file. kNotFound, kIo, or kTooLarge over `max_bytes`.
[[nodiscard]] Result<std::string> load_text(const std::filesystem::path& path, size_t max_bytes);

// Writes `text` to `path` (its directories are made), by way of an unfinished file under blobs/ and a rename.
[[nodiscard]] Result<void> replace_text(const std::filesystem::path& root, const std::filesystem::path& path,
                                        std::string_view text);

// Makes `temporary` the file `path`, on the disk for good.
[[nodiscard]] Result<void> settle(const std::filesystem::path& temporary, const std::filesystem::path& path);

// Bytes done and in all.
using CopyProgress = std::function<void(int64_t done_bytes, int64_t total_bytes)>;

// Puts the content of `file` at `temporary` (a new file): hard link, else reflink, else a copy for which the
// disk must have room. Returns the hex SHA-256 of what is there then.
// kIo (the message names sizes where space is short), kCorrupt when a copy differs from its source.
[[nodiscard]] Result<std::string> place_file(const std::filesystem::path& file,
                                             const std::filesystem::path& temporary,
                                             const CopyProgress& progress);

}  // namespace samovar::catalog
