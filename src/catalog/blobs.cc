#include "catalog/blobs.h"

#include <cerrno>
#include <cstring>

namespace samovar::catalog {
namespace fs = std::filesystem;

bool has_blob(const fs::path& root, std::string_view hex, int64_t size_bytes) {
  std::error_code failed;
  const uintmax_t size = fs::file_size(blob_path(root, hex), failed);
  return !failed && (size_bytes < 0 || size == static_cast<uintmax_t>(size_bytes));
}

Result<Layer> add_text_blob(const fs::path& root, std::string_view kind, const std::string& text,
                            bool* was_there) {
  Layer layer = make_layer(kind, hash_text(text), static_cast<int64_t>(text.size()));
  const bool there = has_blob(root, layer.digest_hex, layer.size_bytes);
  if (was_there != nullptr) *was_there = there;
  // Written again even so: small, and it repairs a damaged one.
  Result<void> written = replace_text(root, blob_path(root, layer.digest_hex), text);
  if (!written) return written.error();
  return layer;
}

Result<Layer> add_file_blob(const fs::path& root, const fs::path& file, const CopyProgress& progress) {
  const Result<fs::path> temporary = make_temporary_path(root);
  if (!temporary) return temporary.error();
  const Result<std::string> digest = place_file(file, *temporary, progress);
  std::error_code failed;
  const uintmax_t size = digest ? fs::file_size(*temporary, failed) : 0;
  if (!digest || failed) {
    std::error_code ignored;
    fs::remove(*temporary, ignored);
    return digest ? Error{Code::kIo, "cannot read " + temporary->string() + ": " + failed.message()}
                  : digest.error();
  }
  if (Result<void> settled = settle(*temporary, blob_path(root, *digest)); !settled) return settled.error();
  return make_layer("model", *digest, static_cast<int64_t>(size));
}

Result<std::unique_ptr<BlobWriter>> BlobWriter::open(const fs::path& root) {
  Result<fs::path> temporary = make_temporary_path(root);
  if (!temporary) return temporary.error();
  std::FILE* file = std::fopen(temporary->c_str(), "wbxe");
  if (file == nullptr) {
    return Error{Code::kIo, "cannot write " + temporary->string() + ": " + std::strerror(errno)};
  }
  return std::unique_ptr<BlobWriter>(new BlobWriter(root, *std::move(temporary), file));
}

BlobWriter::~BlobWriter() {
  if (file_ != nullptr) std::fclose(file_);
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

Result<void> BlobWriter::write(std::string_view bytes) {
  sha_.add(bytes);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return {};
  return Error{Code::kIo, "cannot write " + temporary_.string() + ": " + std::strerror(errno)};
}

Result<void> BlobWriter::finish(std::string_view expected_hex) {
  const int closed = std::fclose(file_);
  file_ = nullptr;
  if (closed != 0) {
    return Error{Code::kIo, "cannot write " + temporary_.string() + ": " + std::strerror(errno)};
  }
  const std::string hex = sha_.finish();
  if (hex != expected_hex) {
    return Error{Code::kInvalidArgument, "digest mismatch, expected \"sha256:" + std::string(expected_hex) +
                                             "\", got \"sha256:" + hex + "\""};
  }
  return settle(temporary_, blob_path(root_, hex));
}

}  // namespace samovar::catalog
