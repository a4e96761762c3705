#include "catalog/store_files.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "catalog/digest.h"
#include "platform/file_placement.h"

namespace samovar::catalog {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTemporaryPrefix = ".samovar-import-";
constexpr int64_t kLeftoverSeconds = 3600;
constexpr int64_t kDownloadSeconds = int64_t{7} * 24 * 3600;
constexpr int kLockTries = 20;
constexpr std::chrono::milliseconds kLockPause{50};
constexpr size_t kCopyBytes = size_t{1} << 20U;
constexpr uintmax_t kSpareBytes = uintmax_t{16} << 20U;  // for config, manifest and other programs

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

std::vector<fs::directory_entry> list_directory(const fs::path& path) {
  std::vector<fs::directory_entry> entries;
  std::error_code failed;
  for (fs::directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
    entries.push_back(*at);
  }
  return entries;
}

// A download in progress, or the record of one of its parts.
bool is_download(const std::string& name) { return name.find("-partial") != std::string::npos; }

int64_t seconds_since_change(const fs::path& path) {
  std::error_code failed;
  const fs::file_time_type time = fs::last_write_time(path, failed);
  if (failed) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(fs::file_time_type::clock::now() - time).count();
}

Result<std::string> copy_checked(const fs::path& file, const fs::path& temporary, int64_t size,
                                 const CopyProgress& progress) {
  if (Result<void> space = check_space(temporary.parent_path(), static_cast<uint64_t>(size)); !space) {
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

Result<void> check_space(const fs::path& directory, uint64_t bytes) {
  fs::path existing = directory;
  std::error_code failed;
  while (!fs::exists(existing, failed) && existing.has_parent_path() && existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  const fs::space_info space = fs::space(existing, failed);
  if (failed || space.available >= bytes + kSpareBytes) return {};
  return Error{Code::kIo, "not enough space on the disk of " + directory.string() + ": " +
                              format_megabytes(bytes) + " needed, " + format_megabytes(space.available) +
                              " free"};
}

std::vector<std::pair<Name, fs::path>> list_manifests(const fs::path& root) {
  std::vector<std::pair<Name, fs::path>> found;
  std::error_code ignored;
  for (const fs::directory_entry& host : list_directory(root / "manifests")) {
    for (const fs::directory_entry& space : list_directory(host)) {
      for (const fs::directory_entry& model : list_directory(space)) {
        for (const fs::directory_entry& tag : list_directory(model)) {
          const auto part = [](const fs::directory_entry& entry) { return entry.path().filename().string(); };
          const Name raw{part(host), part(space), part(model), part(tag)};
          const Result<Name> name = parse_name(raw.full());
          if (name && tag.is_regular_file(ignored)) found.emplace_back(*name, tag.path());
        }
      }
    }
  }
  return found;
}

// The directory itself is locked: no file of ours lies among Ollama's. Where a file system knows no locks
// the models still stay whole; only a blob might go that another process was about to use.
StoreLock::StoreLock(const fs::path& root, For what) {
  std::error_code ignored;
  fs::create_directories(root / "manifests", ignored);
  descriptor_ = ::open((root / "manifests").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) return;
  if (what == For::kAdding) {
    ::flock(descriptor_, LOCK_SH);
    held_ = true;
    return;
  }
  for (int tries = 0; tries < kLockTries && !held_; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(kLockPause);
    held_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  }
}

void StoreLock::release() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  held_ = false;
}

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
         (std::string(kTemporaryPrefix) + std::to_string(unix_s()) + "-" + std::to_string(::getpid()) + "-" +
          std::to_string(counter.fetch_add(1)));
}

void remove_leftovers(const fs::path& root) {
  for (const fs::directory_entry& entry : list_directory(root / "blobs")) {
    const std::string name = entry.path().filename().string();
    bool old = false;
    if (name.starts_with(kTemporaryPrefix)) {
      const int64_t made = std::strtoll(name.c_str() + kTemporaryPrefix.size(), nullptr, 10);
      old = made + kLeftoverSeconds < unix_s();
    } else if (is_download(name)) {
      old = seconds_since_change(entry.path()) > kDownloadSeconds;
    }
    std::error_code ignored;
    if (old) fs::remove(entry.path(), ignored);
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
