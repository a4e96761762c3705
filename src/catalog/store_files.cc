#include "catalog/store_files.h"

#include <strings.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "catalog/digest.h"
#include "platform/file_placement.h"

namespace samovar::catalog {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTemporaryPrefix = ".samovar-import-";
constexpr int64_t kLeftoverSeconds = 3600;
constexpr size_t kCopyBytes = size_t{1} << 20U;
constexpr uintmax_t kSpareBytes = uintmax_t{16} << 20U;  // for config, manifest and other programs

int64_t now_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

Error io_error(const std::string& what, const std::error_code& reason) {
  return Error{Code::kIo, what + ": " + reason.message()};
}

std::string format_megabytes(uintmax_t bytes) {
  const uintmax_t tenths = bytes / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

// The entry of `directory` named `part`, or the one that differs from it only in case, or `part`.
fs::path find_part(const fs::path& directory, const std::string& part) {
  std::error_code ignored;
  if (fs::exists(directory / part, ignored)) return directory / part;
  for (fs::directory_iterator at(directory, ignored), end; !ignored && at != end; at.increment(ignored)) {
    if (::strcasecmp(at->path().filename().c_str(), part.c_str()) == 0) return at->path();
  }
  return directory / part;
}

Result<void> check_space(const fs::path& directory, uintmax_t size) {
  std::error_code failed;
  const fs::space_info space = fs::space(directory, failed);
  if (failed || space.available >= size + kSpareBytes) return {};
  return Error{Code::kIo, "not enough space on the disk of " + directory.string() + ": " +
                              format_megabytes(size) + " needed, " + format_megabytes(space.available) +
                              " free"};
}

// Copies and hashes what was read; `done` is told the bytes copied so far.
Result<std::string> copy_file(const fs::path& from, const fs::path& to,
                              const std::function<void(int64_t)>& done) {
  std::ifstream in(from, std::ios::binary);
  if (!in) return Error{Code::kIo, "cannot read " + from.string()};
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  Sha256 sha;
  std::vector<char> buffer(kCopyBytes);
  int64_t copied = 0;
  while (in && out) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const std::streamsize got = in.gcount();
    sha.add({buffer.data(), static_cast<size_t>(got)});
    out.write(buffer.data(), got);
    copied += got;
    done(copied);
  }
  out.close();
  if (in.bad()) return Error{Code::kIo, "cannot read " + from.string()};
  if (!out) return Error{Code::kIo, "cannot write " + to.string() + " (disk full?)"};
  return sha.finish();
}

Result<std::string> copy_checked(const fs::path& file, const fs::path& temporary, int64_t size,
                                 const CopyProgress& progress) {
  if (Result<void> space = check_space(temporary.parent_path(), static_cast<uintmax_t>(size)); !space) {
    return space.error();
  }
  const auto tell = [&](int64_t done) {
    if (progress) progress(done, 2 * size);
  };
  const Result<std::string> read = copy_file(file, temporary, tell);
  if (!read) return read.error();
  Result<std::string> written = hash_file(temporary, [&](int64_t done) { tell(size + done); });
  if (written && *written != *read) {
    return Error{Code::kCorrupt, "the copy of " + file.string() + " at " + temporary.string() +
                                     " differs from it: the disk or the memory is damaged"};
  }
  return written;
}

}  // namespace

fs::path manifest_path(const fs::path& root, const Name& name) {
  fs::path path = root / "manifests";
  for (const std::string& part : {name.host, name.name_space, name.model, name.tag})
    path = find_part(path, part);
  return path;
}

Result<fs::path> make_temporary_path(const fs::path& root) {
  static std::atomic<uint64_t> counter{0};
  std::error_code failed;
  fs::create_directories(root / "blobs", failed);
  if (failed) return io_error("cannot make the directory " + (root / "blobs").string(), failed);
  // The time of making is part of the name: a hard link has its source's times.
  return root / "blobs" /
         (std::string(kTemporaryPrefix) + std::to_string(now_seconds()) + "-" + std::to_string(::getpid()) +
          "-" + std::to_string(counter.fetch_add(1)));
}

void remove_leftovers(const fs::path& root) {
  std::error_code failed;
  for (fs::directory_iterator at(root / "blobs", failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(kTemporaryPrefix)) continue;
    const int64_t made = std::strtoll(name.c_str() + kTemporaryPrefix.size(), nullptr, 10);
    std::error_code ignored;
    if (made + kLeftoverSeconds < now_seconds()) fs::remove(at->path(), ignored);
  }
}

Result<std::string> load_text(const fs::path& path, size_t max_bytes) {
  std::error_code failed;
  const uintmax_t size = fs::file_size(path, failed);
  if (failed == std::errc::no_such_file_or_directory) {
    return Error{Code::kNotFound, path.string() + " is missing"};
  }
  if (failed) return io_error("cannot read " + path.string(), failed);
  if (size > max_bytes) {
    return Error{Code::kTooLarge, path.string() + " has " + std::to_string(size) + " bytes, more than " +
                                      std::to_string(max_bytes)};
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(static_cast<size_t>(size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) return Error{Code::kIo, "cannot read " + path.string()};
  return text;
}

Result<void> replace_text(const fs::path& root, const fs::path& path, std::string_view text) {
  const Result<fs::path> temporary = make_temporary_path(root);
  if (!temporary) return temporary.error();
  std::ofstream out(*temporary, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) {
    std::error_code ignored;
    fs::remove(*temporary, ignored);
    return Error{Code::kIo, "cannot write " + temporary->string() + " (disk full?)"};
  }
  return settle(*temporary, path);
}

Result<void> settle(const fs::path& temporary, const fs::path& path) {
  Result<void> synced = platform::sync_path(temporary);
  std::error_code failed;
  if (synced) fs::create_directories(path.parent_path(), failed);
  if (synced && !failed) fs::rename(temporary, path, failed);
  if (!synced || failed) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    return synced ? io_error("cannot write " + path.string(), failed) : synced.error();
  }
  // rename() does nothing when both are names of one file already (hard links).
  fs::remove(temporary, failed);
  return platform::sync_path(path.parent_path());
}

Result<std::string> place_file(const fs::path& file, const fs::path& temporary,
                               const CopyProgress& progress) {
  std::error_code failed;
  const auto size = static_cast<int64_t>(fs::file_size(file, failed));
  if (failed) return io_error("cannot read " + file.string(), failed);
  // The link must be to the file itself, not to a symbolic link that may change.
  const fs::path real = fs::canonical(file, failed);
  if (failed) return io_error("cannot read " + file.string(), failed);
  fs::create_hard_link(real, temporary, failed);
  if (failed && !platform::clone_file(real, temporary)) return copy_checked(real, temporary, size, progress);
  return hash_file(temporary, [&](int64_t done) {
    if (progress) progress(done, size);
  });
}

}  // namespace samovar::catalog
