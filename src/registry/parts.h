// The parts of a file that is being downloaded, and their record on disk beside it, in Ollama's format: a
// sparse file NAME-partial and one NAME-partial-<N> a part. Either program goes on where the other stopped.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/result.h"

namespace samovar::registry {

struct Part {
  int64_t offset = 0;
  int64_t size = 0;
  std::atomic<int64_t> completed{0};  // bytes that are written; more than are safely on the disk

  [[nodiscard]] int64_t left() const { return size - completed; }
};

// Not thread-safe but for the parts' counters.
class PartFile {
 public:
  // `stem` is the file's path without "-partial". Goes on with a record that fits `size_bytes`, else begins
  // anew, with room for the whole checked first. kBusy: another process is downloading it; kIo.
  [[nodiscard]] static Result<std::unique_ptr<PartFile>> open(const std::filesystem::path& stem,
                                                              int64_t size_bytes);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] std::vector<std::unique_ptr<Part>>& parts() { return parts_; }
  [[nodiscard]] int64_t completed_bytes() const;
  [[nodiscard]] bool is_whole() const { return completed_bytes() == size_bytes_; }
  [[nodiscard]] const std::filesystem::path& data_path() const { return data_path_; }

  // One part for the whole file, from the beginning: for servers that give no ranges.
  void make_single();

  // Any thread. kIo: the disk is full or refuses.
  [[nodiscard]] Result<void> write(Part& part, const char* bytes, size_t n_bytes);

  // Writes the record of what is safely on the disk by now.
  [[nodiscard]] Result<void> save();

  // The data file stays (to be renamed), its record goes; discard() removes both.
  void forget_record();
  void discard();

 private:
  PartFile(std::filesystem::path stem, int64_t size_bytes, int descriptor);
  bool load();
  void plan();
  [[nodiscard]] std::filesystem::path record_path(size_t n) const;

  std::filesystem::path stem_;
  std::filesystem::path data_path_;
  int64_t size_bytes_;
  int descriptor_;  // owned; locked
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace samovar::registry
