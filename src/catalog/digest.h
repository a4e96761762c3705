// SHA-256 and the spelling of digests in manifests and file names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace samovar::catalog {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);

  // 64 hex digits, lower case. Ends the computation: call it once.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string hash_text(std::string_view bytes);

// Hex digest of a file. `progress` (may be empty) gets the bytes read so far. kIo when it cannot be read.
[[nodiscard]] Result<std::string> hash_file(const std::filesystem::path& path,
                                            const std::function<void(int64_t done_bytes)>& progress);

// "sha256:<64 hex>" or "sha256-<64 hex>" -> the 64 hex digits; "" for anything else.
[[nodiscard]] std::string parse_digest(std::string_view text);

// blobs/sha256-<hex> under a store's root.
[[nodiscard]] std::filesystem::path blob_path(const std::filesystem::path& root, std::string_view hex);

}  // namespace samovar::catalog
