#include "sampling/grammar/constraint.h"

#include <algorithm>
#include <array>

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxConfigs = 16'384;
constexpr size_t kMaxMaskBytes = size_t{4} << 20U;

void set_bit(std::vector<uint64_t>& mask, int32_t id) {
  mask[static_cast<size_t>(id) / 64] |= uint64_t{1} << (static_cast<size_t>(id) % 64);
}

}  // namespace

Constraint::Constraint(std::shared_ptr<const Automaton> automaton, std::shared_ptr<const TokenTrie> trie,
                       std::string after)
    : matcher_(std::move(automaton)),
      trie_(std::move(trie)),
      after_(std::move(after)),
      config_(matcher_.start()) {}

Config Constraint::advance(Config from, std::string_view bytes) {
  for (const char c : bytes) {
    if (from == kDead) break;
    from = matcher_.step(from, static_cast<uint8_t>(c));
  }
  return from;
}

bool Constraint::allows(int32_t token) {
  if (token < 0 || static_cast<size_t>(token) >= trie_->n_vocab()) return false;
  const TokenTrie::Token& candidate = trie_->token(token);
  if (candidate.ends) return matcher_.complete(config_);
  return candidate.offered && advance(config_, candidate.bytes) != kDead;
}

const std::vector<uint64_t>& Constraint::mask() {
  const size_t mask_bytes = (trie_->n_vocab() + 63) / 64 * 8;
  if (masks_.size() * mask_bytes > kMaxMaskBytes) masks_.clear();
  const auto [at, is_new] = masks_.try_emplace(config_);
  if (is_new) at->second = make_mask();
  return at->second;
}

std::vector<uint64_t> Constraint::make_mask() {
  std::vector<uint64_t> mask((trie_->n_vocab() + 63) / 64, 0);
  std::array<Config, 256> at_depth{};
  at_depth[0] = config_;
  const std::span<const TokenTrie::Node> nodes = trie_->nodes();
  for (size_t i = 0; i < nodes.size();) {
    const TokenTrie::Node& node = nodes[i];
    const Config config = matcher_.step(at_depth[node.depth - 1U], node.byte);
    if (config == kDead) {
      i = node.behind;
      continue;
    }
    for (const int32_t id : trie_->tokens_at(node)) set_bit(mask, id);
    at_depth[node.depth] = config;
    ++i;
  }
  if (matcher_.complete(config_)) {
    for (const int32_t id : trie_->ends()) set_bit(mask, id);
  }
  return mask;
}

void Constraint::accept(int32_t token) {
  if (token < 0 || static_cast<size_t>(token) >= trie_->n_vocab()) return;
  const std::string& bytes = trie_->token(token).bytes;
  if (trie_->token(token).ends) return;
  if (active()) {
    config_ = advance(config_, bytes);
  } else {
    seen_ += bytes;
    const size_t found = seen_.find(after_);
    if (found == std::string::npos) {
      seen_.erase(0, seen_.size() - std::min(seen_.size(), after_.size()));
      return;
    }
    const size_t rest = seen_.find_first_not_of(" \t\r\n", found + after_.size());
    after_.clear();
    if (rest != std::string::npos) config_ = advance(config_, std::string_view(seen_).substr(rest));
  }
  if (matcher_.n_configs() > kMaxConfigs) {
    config_ = matcher_.shrink(config_, kMaxConfigs);
    masks_.clear();
  }
}

}  // namespace samovar::sampling::grammar
