#include "registry/parts.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "catalog/store_files.h"
#include "wire/json_depth.h"

namespace samovar::registry {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxParts = 16;
constexpr int64_t kMinPartBytes = int64_t{16} << 20U;
constexpr int64_t kMaxPartBytes = int64_t{1} << 30U;
constexpr size_t kMaxRecords = 10'000;
constexpr size_t kMaxRecordBytes = 4096;

fs::path with_suffix(const fs::path& path, const std::string& suffix) { return path.string() + suffix; }

}  // namespace

PartFile::PartFile(fs::path stem, int64_t size_bytes, int descriptor)
    : stem_(std::move(stem)),
      data_path_(with_suffix(stem_, "-partial")),
      size_bytes_(size_bytes),
      descriptor_(descriptor) {}

PartFile::~PartFile() { ::close(descriptor_); }

Result<std::unique_ptr<PartFile>> PartFile::open(const fs::path& stem, int64_t size_bytes) {
  std::error_code failed;
  fs::create_directories(stem.parent_path(), failed);
  const fs::path data = with_suffix(stem, "-partial");
  const int descriptor = ::open(data.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return Error{Code::kIo, "cannot write " + data.string() + ": " + std::strerror(errno)};
  }
  std::unique_ptr<PartFile> file(new PartFile(stem, size_bytes, descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return Error{Code::kBusy, data.string() + " is being downloaded by another process"};
  }
  // Room first: a size that is a lie would make parts without end.
  const bool begun = file->load();
  const auto missing = static_cast<uint64_t>(size_bytes - file->completed_bytes());
  if (Result<void> room = catalog::check_space(stem.parent_path(), missing); !room) return room.error();
  if (!begun) file->plan();
  if (::ftruncate(descriptor, size_bytes) != 0) {
    return Error{Code::kIo, "cannot write " + data.string() + ": " + std::strerror(errno)};
  }
  return file;
}

fs::path PartFile::record_path(size_t n) const { return with_suffix(data_path_, "-" + std::to_string(n)); }

int64_t PartFile::completed_bytes() const {
  int64_t sum = 0;
  for (const auto& part : parts_) sum += part->completed;
  return sum;
}

// False, and no parts, unless the records are of one piece and the data file is as long as they say.
bool PartFile::load() {
  std::error_code failed;
  int64_t covered = 0;
  while (covered < size_bytes_ && parts_.size() < kMaxRecords) {
    const Result<std::string> text = catalog::load_text(record_path(parts_.size()), kMaxRecordBytes);
    const Json json = text ? wire::parse_json_value<Json>(*text) : Json();
    const auto number = [&json](const char* name) {
      const Json value = json.is_object() ? json.value(name, Json()) : Json();
      return value.is_number_integer() ? value.get<int64_t>() : -1;
    };
    auto part = std::make_unique<Part>();
    part->offset = number("Offset");
    part->size = number("Size");
    const int64_t completed = number("Completed");
    const bool fits = part->offset == covered && part->size > 0 && part->size <= size_bytes_ - covered &&
                      completed >= 0 && completed <= part->size;
    if (!fits) break;
    part->completed = completed;
    covered += part->size;
    parts_.push_back(std::move(part));
  }
  const bool whole =
      covered == size_bytes_ && fs::file_size(data_path_, failed) == static_cast<uint64_t>(size_bytes_);
  if (!whole) parts_.clear();
  return whole && !failed;
}

void PartFile::plan() {
  forget_record();
  parts_.clear();
  const int64_t part_bytes = std::clamp(size_bytes_ / kMaxParts, kMinPartBytes, kMaxPartBytes);
  for (int64_t offset = 0; offset < size_bytes_; offset += part_bytes) {
    auto part = std::make_unique<Part>();
    part->offset = offset;
    part->size = std::min(part_bytes, size_bytes_ - offset);
    parts_.push_back(std::move(part));
  }
}

void PartFile::make_single() {
  forget_record();
  parts_.clear();
  parts_.push_back(std::make_unique<Part>());
  parts_.front()->size = size_bytes_;
}

Result<void> PartFile::write(Part& part, const char* bytes, size_t n_bytes) {
  while (n_bytes > 0) {
    const ssize_t written = ::pwrite(descriptor_, bytes, n_bytes, part.offset + part.completed);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return Error{Code::kIo, "cannot write " + data_path_.string() + ": " + std::strerror(errno)};
    }
    part.completed += written;
    bytes += written;
    n_bytes -= static_cast<size_t>(written);
  }
  return {};
}

Result<void> PartFile::save() {
  std::vector<int64_t> completed;
  for (const auto& part : parts_) completed.push_back(part->completed);
  // First the data, then the word that it is there.
  if (::fdatasync(descriptor_) != 0) {
    return Error{Code::kIo, "cannot write " + data_path_.string() + ": " + std::strerror(errno)};
  }
  for (size_t n = 0; n < parts_.size(); ++n) {
    const fs::path path = record_path(n);
    const fs::path fresh = with_suffix(path, ".new");
    std::ofstream out(fresh, std::ios::trunc);
    out << "{\"N\":" << n << ",\"Offset\":" << parts_[n]->offset << ",\"Size\":" << parts_[n]->size
        << ",\"Completed\":" << completed[n] << "}\n";
    out.close();
    std::error_code failed;
    if (out) fs::rename(fresh, path, failed);
    if (!out || failed) return Error{Code::kIo, "cannot write " + path.string() + " (disk full?)"};
  }
  return {};
}

void PartFile::forget_record() {
  std::error_code ignored;
  for (size_t n = 0; n < kMaxRecords; ++n) {
    if (!fs::remove(record_path(n), ignored)) break;
  }
}

void PartFile::discard() {
  forget_record();
  std::error_code ignored;
  fs::remove(data_path_, ignored);
}

}  // namespace samovar::registry
