#include "engine/prefix_cache.h"

#include <algorithm>

#include "base/check.h"

namespace samovar::engine {
namespace {

// A conversation that would lose more tokens than this to another one's prompt is left alone, and what both
// share is copied. Fewer are what a template or a retokenised answer changes at the end of a turn.
constexpr size_t kMayBeLost = 32;
constexpr size_t kWorthReading = 64;  // tokens that a file must add to what memory holds

size_t count_shared(const std::vector<text::TokenId>& cached, std::span<const text::TokenId> prompt) {
  const size_t n = std::min(cached.size(), prompt.size() - 1);
  size_t shared = 0;
  while (shared < n && cached[shared] == prompt[shared]) ++shared;
  return shared;
}

}  // namespace

PrefixCache::PrefixCache(model::KvCache& cache, DiskCache* disk, size_t max_bytes)
    : cache_(&cache), disk_(disk), max_bytes_(max_bytes) {
  sequences_.resize(cache.n_sequences());
  for (size_t i = 0; i < sequences_.size(); ++i) sequences_[i].sequence = static_cast<uint32_t>(i);
}

CachedSequence& PrefixCache::take(std::span<const text::TokenId> prompt) {
  CachedSequence* source = find_source(prompt);
  size_t shared = source == nullptr ? 0 : count_shared(source->tokens, prompt);
  CachedSequence* chosen = take_from_disk(prompt, shared);
  if (chosen != nullptr) {
    shared = chosen->tokens.size();
  } else if (source != nullptr && !source->in_use && source->tokens.size() <= shared + kMayBeLost) {
    chosen = source;
  } else {
    chosen = find_victim(source);
    if (chosen != nullptr) {
      copy_beginning(source, *chosen, shared);
    } else {
      CHECK(source != nullptr && !source->in_use);
      chosen = source;
    }
  }
  chosen->tokens.resize(shared);
  chosen->n_touched = std::max(chosen->n_touched, shared);
  chosen->in_use = true;
  chosen->last_used = ++clock_;
  trim();
  return *chosen;
}

void PrefixCache::copy_beginning(CachedSequence* source, CachedSequence& to, size_t n_tokens) {
  drop(to);
  if (n_tokens == 0) return;
  cache_->copy_beginning(source->sequence, to.sequence, n_tokens);
  to.tokens.assign(source->tokens.begin(), source->tokens.begin() + static_cast<std::ptrdiff_t>(n_tokens));
  source->last_used = ++clock_;
}

// A sequence filled from a file, where one holds a good deal more than the `n_known` tokens that memory does.
CachedSequence* PrefixCache::take_from_disk(std::span<const text::TokenId> prompt, size_t n_known) {
  if (disk_ == nullptr) return nullptr;
  auto found = disk_->find(prompt.first(prompt.size() - 1));
  if (!found || found->n_shared < n_known + kWorthReading) return nullptr;
  CachedSequence* victim = find_victim(nullptr);
  drop(*victim);
  if (!disk_->read(*found, *cache_, victim->sequence)) return nullptr;
  victim->tokens.assign(prompt.begin(), prompt.begin() + static_cast<std::ptrdiff_t>(found->n_shared));
  return victim;
}

void PrefixCache::save() {
  if (disk_ == nullptr) return;
  std::vector<const CachedSequence*> order;
  for (const CachedSequence& sequence : sequences_) order.push_back(&sequence);
  // The newest last: where not all fit, the oldest make room.
  std::sort(order.begin(), order.end(),
            [](const CachedSequence* a, const CachedSequence* b) { return a->last_used < b->last_used; });
  for (const CachedSequence* sequence : order) disk_->write(sequence->tokens, *cache_, sequence->sequence);
}

void PrefixCache::give_back(CachedSequence& sequence) {
  sequence.in_use = false;
  sequence.last_used = ++clock_;
  trim();
}

void PrefixCache::trim() {
  for (CachedSequence& sequence : sequences_) {
    sequence.n_touched = std::max(sequence.n_touched, sequence.tokens.size());
  }
  while (used_bytes() > max_bytes_) {
    CachedSequence* oldest = nullptr;
    size_t n_kept = 0;
    for (CachedSequence& sequence : sequences_) {
      if (sequence.n_touched == 0) continue;
      ++n_kept;
      if (sequence.in_use) continue;
      if (oldest == nullptr || sequence.last_used < oldest->last_used) oldest = &sequence;
    }
    // The only conversation stays, however long: its next turn is the likeliest prompt.
    if (oldest == nullptr || n_kept == 1) return;
    drop(*oldest);
  }
}

size_t PrefixCache::used_bytes() const {
  size_t tokens = 0;
  for (const CachedSequence& sequence : sequences_) tokens += sequence.n_touched;
  return tokens * cache_->bytes_per_token();
}

// Of those that know most of the prompt, one out of use that would lose least.
CachedSequence* PrefixCache::find_source(std::span<const text::TokenId> prompt) {
  CachedSequence* best = nullptr;
  size_t best_shared = 0;
  const auto is_better = [&](const CachedSequence& other, size_t shared) {
    if (best == nullptr || shared != best_shared) return shared > best_shared;
    if (other.in_use != best->in_use) return best->in_use;
    return other.tokens.size() < best->tokens.size();
  };
  for (CachedSequence& sequence : sequences_) {
    const size_t shared = count_shared(sequence.tokens, prompt);
    if (shared == 0 || !is_better(sequence, shared)) continue;
    best = &sequence;
    best_shared = shared;
  }
  return best;
}

// An empty sequence, or the one unused for longest.
CachedSequence* PrefixCache::find_victim(const CachedSequence* spared) {
  CachedSequence* best = nullptr;
  for (CachedSequence& sequence : sequences_) {
    if (sequence.in_use || &sequence == spared) continue;
    if (sequence.tokens.empty()) return &sequence;
    if (best == nullptr || sequence.last_used < best->last_used) best = &sequence;
  }
  return best;
}

void PrefixCache::drop(CachedSequence& sequence) {
  if (sequence.n_touched == 0) return;
  cache_->release(sequence.sequence);
  sequence.tokens.clear();
  sequence.n_touched = 0;
}

}  // namespace samovar::engine
