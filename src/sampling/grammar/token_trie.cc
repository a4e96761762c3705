#include "sampling/grammar/token_trie.h"

#include <algorithm>

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxBytes = 250;

}  // namespace

TokenTrie::TokenTrie(std::vector<Token> tokens) : tokens_(std::move(tokens)) {
  for (size_t id = 0; id < tokens_.size(); ++id) {
    Token& one = tokens_[id];
    if (one.ends) ends_.push_back(static_cast<int32_t>(id));
    one.offered = one.offered && !one.ends && !one.bytes.empty() && one.bytes.size() <= kMaxBytes;
    if (one.offered) sorted_.push_back(static_cast<int32_t>(id));
  }
  std::stable_sort(sorted_.begin(), sorted_.end(),
                   [this](int32_t a, int32_t b) { return token(a).bytes < token(b).bytes; });
  std::string_view before;
  for (uint32_t i = 0; i < sorted_.size(); ++i) {
    const std::string_view text = token(sorted_[i]).bytes;
    add_nodes(before, text, i);
    before = text;
  }
  // Where each subtree ends: the next node that is not deeper.
  std::vector<uint32_t> open;
  const auto n = static_cast<uint32_t>(nodes_.size());
  for (uint32_t i = 0; i <= n; ++i) {
    const uint8_t depth = i < n ? nodes_[i].depth : 0;
    while (!open.empty() && nodes_[open.back()].depth >= depth) {
      nodes_[open.back()].behind = i;
      open.pop_back();
    }
    open.push_back(i);
  }
}

void TokenTrie::add_nodes(std::string_view before, std::string_view text, uint32_t token) {
  if (before == text) {
    ++nodes_.back().n_tokens;
    return;
  }
  const auto shared = static_cast<size_t>(
      std::mismatch(before.begin(), before.end(), text.begin(), text.end()).first - before.begin());
  for (size_t depth = shared; depth < text.size(); ++depth) {
    nodes_.push_back({.byte = static_cast<uint8_t>(text[depth]),
                      .depth = static_cast<uint8_t>(depth + 1),
                      .tokens = token});
  }
  nodes_.back().n_tokens = 1;
}

}  // namespace samovar::sampling::grammar
