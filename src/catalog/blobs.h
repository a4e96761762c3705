// Putting blobs into a store: from text, from a file, from bytes as they come.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/digest.h"
#include "catalog/manifest.h"
#include "catalog/store_files.h"

namespace samovar::catalog {

// A blob of that digest and, where `size_bytes` is not negative, that size is there.
[[nodiscard]] bool has_blob(const std::filesystem::path& root, std::string_view hex, int64_t size_bytes = -1);

// Writes `text` unless it is there; the layer of that kind which it makes ("system", "config", ...).
// `was_there` (may be null) learns which of the two it was.
[[nodiscard]] Result<Layer> add_text_blob(const std::filesystem::path& root, std::string_view kind,
                                          const std::string& text, bool* was_there = nullptr);

// Puts a file among the blobs under its digest without doubling it where the file system can help
// (place_file). A "model" layer.
[[nodiscard]] Result<Layer> add_file_blob(const std::filesystem::path& root,
                                          const std::filesystem::path& file, const CopyProgress& progress);

// A blob that arrives in pieces: hashed on its way to an unfinished file, which finish() makes a blob.
// Without finish() nothing is left behind. One thread.
class BlobWriter {
 public:
  [[nodiscard]] static Result<std::unique_ptr<BlobWriter>> open(const std::filesystem::path& root);
  ~BlobWriter();
  BlobWriter(const BlobWriter&) = delete;
  BlobWriter& operator=(const BlobWriter&) = delete;

  // kIo: the disk is full or refuses.
  [[nodiscard]] Result<void> write(std::string_view bytes);

  // kInvalidArgument, in Ollama's words, when the content has not the digest `expected_hex`.
  [[nodiscard]] Result<void> finish(std::string_view expected_hex);

 private:
  BlobWriter(std::filesystem::path root, std::filesystem::path temporary, std::FILE* file)
      : root_(std::move(root)), temporary_(std::move(temporary)), file_(file) {}

  std::filesystem::path root_;
  std::filesystem::path temporary_;
  std::FILE* file_;  // owned; null once closed
  Sha256 sha_;
};

}  // namespace samovar::catalog
