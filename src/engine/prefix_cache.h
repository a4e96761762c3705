// Whose keys and values are where: the cached tokens of conversations under way and of finished ones, whose
// beginnings serve later prompts (a next turn, an edited or regenerated message, somebody else's same system
// prompt). Bounded; the ones unused for longest go first. Engine thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/disk_cache.h"
#include "model/kv_cache.h"
#include "text/vocabulary.h"

namespace samovar::engine {

// A sequence of the cache and the tokens whose keys and values it holds, by position.
struct CachedSequence {
  uint32_t sequence = 0;
  std::vector<text::TokenId> tokens;
  bool in_use = false;
  uint64_t last_used = 0;
  size_t n_touched = 0;  // positions that took memory since it was last given back
};

class PrefixCache {
 public:
  // Both are borrowed; without `disk` (null) nothing outlives this object. Beyond `max_bytes`, sequences out
  // of use lose their tokens and memory.
  PrefixCache(model::KvCache& cache, DiskCache* disk, size_t max_bytes);

  // A sequence for a conversation that begins with `prompt`, holding as many of its tokens as any sequence
  // or file does, but not the last one, which is to be computed in any case. Precondition: not all are in
  // use. It stays where it is until give_back(); its holder adds the tokens it computes.
  CachedSequence& take(std::span<const text::TokenId> prompt);
  void give_back(CachedSequence& sequence);

  // Writes the conversations to disk.
  void save();

  // Keeps within the bound while conversations grow.
  void trim();

  [[nodiscard]] size_t used_bytes() const;

 private:
  [[nodiscard]] CachedSequence* find_source(std::span<const text::TokenId> prompt);
  [[nodiscard]] CachedSequence* find_victim(const CachedSequence* spared);
  void copy_beginning(CachedSequence* source, CachedSequence& to, size_t n_tokens);
  void drop(CachedSequence& sequence);
  [[nodiscard]] CachedSequence* take_from_disk(std::span<const text::TokenId> prompt, size_t n_known);

  model::KvCache* cache_;  // borrowed
  DiskCache* disk_;        // borrowed; may be null
  size_t max_bytes_;
  uint64_t clock_ = 0;  // counts takes and returns: which was used last
  std::vector<CachedSequence> sequences_;
};

}  // namespace samovar::engine
