// Keys and values of conversations on disk, so that coming back after a restart computes only what is new.
// One file per conversation; only those that this very model, configuration, instruction set and version of
// the format wrote are read. Bounded over all models: the files unused for longest go first. Not thread-safe.
//
// A file: magic, sizes and a checksum of what precedes the keys and values (see Header in the .cc), the
// fingerprint of who wrote it, token ids (int32), then the strips of model::KvCache for those tokens, in
// order. Numbers are as the machine has them: the files do not travel.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/kv_cache.h"
#include "text/vocabulary.h"

namespace samovar::engine {

struct DiskCacheOptions {
  std::filesystem::path folder;  // made when something is written; empty: no cache
  size_t max_bytes = 0;          // of all files in the folder; 0: no cache
  std::string model_digest;      // of the weights' file
};

class DiskCache {
 public:
  // Shorter conversations are computed again soon enough.
  static constexpr size_t kLeastTokens = 256;

  // Reads what is in the folder for this model: tokens only.
  DiskCache(const DiskCacheOptions& options, const model::Config& config, std::string_view isa);

  struct Found {
    size_t entry = 0;
    size_t n_shared = 0;  // tokens from the beginning
  };
  // The stored conversation that shares the longest beginning with `tokens`; nullopt: none shares any.
  [[nodiscard]] std::optional<Found> find(std::span<const text::TokenId> tokens) const;

  // Reads the keys and values of a found beginning into a sequence. False when the file cannot be read any
  // more; it is forgotten then, and the sequence holds nothing of use.
  [[nodiscard]] bool read(const Found& found, const model::KvCache& cache, size_t sequence);

  // Writes a conversation, unless it is too short or stored already, and keeps within the bound. What cannot
  // be written is left out: the cache is no promise.
  void write(std::span<const text::TokenId> tokens, const model::KvCache& cache, size_t sequence);

 private:
  struct Entry {
    std::filesystem::path path;
    std::vector<text::TokenId> tokens;
    uint64_t strips_at = 0;  // in the file
  };

  void index();
  [[nodiscard]] std::optional<Entry> read_entry(const std::filesystem::path& path) const;
  [[nodiscard]] bool write_file(const std::filesystem::path& path, std::span<const text::TokenId> tokens,
                                const model::KvCache& cache, size_t sequence) const;
  void forget(size_t entry);
  void make_room(uint64_t n_bytes);

  std::filesystem::path folder_;
  uint64_t max_bytes_;
  std::string fingerprint_;
  std::vector<Entry> entries_;
};

}  // namespace samovar::engine
