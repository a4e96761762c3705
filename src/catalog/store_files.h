// The files of a store: where a name's manifest is, and writing that a crash cannot leave half done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/name.h"

namespace samovar::catalog {

// manifests/<host>/<namespace>/<model>/<tag>: the existing one whose parts equal the name's without regard
// to case (an exact match preferred), else the path that a new one gets.
[[nodiscard]] std::filesystem::path manifest_path(const std::filesystem::path& root, const Name& name);

// A name for an unfinished file under blobs/, used by no other import. The directory is made when missing.
[[nodiscard]] Result<std::filesystem::path> make_temporary_path(const std::filesystem::path& root);

// Removes unfinished files that imports left behind more than an hour ago.
void remove_leftovers(const std::filesystem::path& root);

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
