// The loop that byte-level BPE and SentencePiece share: join the best neighbouring pair of symbols until no
// pair can be joined. O(n log n) for n symbols. One merger per thread; it only keeps buffers between calls.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "text/vocabulary.h"

namespace samovar::text {

struct Symbol {
  size_t begin = 0;   // byte offset in the text
  uint32_t size = 0;  // bytes; 0: joined into its left neighbour
  TokenId id = -1;    // -1: no token
  int32_t prev = -1;  // index of the neighbours, -1: none
  int32_t next = -1;
};

struct Merge {
  uint32_t rank = 0;  // lower joins first; the leftmost of equals
  TokenId id = -1;    // of the joined symbol
};

class SymbolMerger {
 public:
  // Starts a new text with no symbols.
  void clear() { symbols_.clear(); }

  void add(size_t begin, size_t size, TokenId id) {
    const auto index = static_cast<int32_t>(symbols_.size());
    if (index > 0) symbols_.back().next = index;
    symbols_.push_back({begin, static_cast<uint32_t>(size), id, index - 1, -1});
  }

  // `find(left, right)` gives an optional Merge for two neighbouring Symbols. Afterwards symbols() holds the
  // result: those with size > 0, in order.
  template <typename Find>
  void run(Find find) {
    queue_.clear();
    for (size_t i = 1; i < symbols_.size(); ++i)
      offer(static_cast<int32_t>(i - 1), static_cast<int32_t>(i), find);
    while (!queue_.empty()) {
      const Pair pair = pop();
      Symbol& left = symbols_[static_cast<size_t>(pair.left())];
      if (left.size == 0 || left.next != pair.right) continue;
      Symbol& right = symbols_[static_cast<size_t>(pair.right)];
      if (left.size + right.size != pair.size) continue;
      left.size = pair.size;
      left.id = pair.id;
      right.size = 0;
      left.next = right.next;
      if (right.next >= 0) symbols_[static_cast<size_t>(right.next)].prev = pair.left();
      offer(left.prev, pair.left(), find);
      offer(pair.left(), left.next, find);
    }
  }

  [[nodiscard]] const std::vector<Symbol>& symbols() const { return symbols_; }

 private:
  struct Pair {
    uint64_t key;  // rank, then index of the left symbol: the order of joining
    int32_t right;
    TokenId id;
    uint32_t size;  // bytes of both; tells a pair whose symbols have changed since

    [[nodiscard]] int32_t left() const { return static_cast<int32_t>(key & 0xFFFFFFFF); }
    bool operator>(const Pair& other) const { return key > other.key; }
  };

  template <typename Find>
  void offer(int32_t left, int32_t right, Find& find) {
    if (left < 0 || right < 0) return;
    const Symbol& a = symbols_[static_cast<size_t>(left)];
    const Symbol& b = symbols_[static_cast<size_t>(right)];
    const std::optional<Merge> merge = find(a, b);
    if (!merge) return;
    queue_.push_back(
        {uint64_t{merge->rank} << 32 | static_cast<uint32_t>(left), right, merge->id, a.size + b.size});
    std::push_heap(queue_.begin(), queue_.end(), std::greater<>());
  }

  Pair pop() {
    std::pop_heap(queue_.begin(), queue_.end(), std::greater<>());
    const Pair top = queue_.back();
    queue_.pop_back();
    return top;
  }

  std::vector<Symbol> symbols_;
  std::vector<Pair> queue_;  // heap, best pair first
};

}  // namespace samovar::text
