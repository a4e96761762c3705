#include "sampling/grammar/constraint.h"

#include <algorithm>
#include <array>

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxMatcherBytes = size_t{16} << 20U;
constexpr size_t kFew = 2048;        // tokens that are asked for by name: more than any mark of JSON begins
constexpr size_t kFewPlaces = 8192;  // of the tree, looked at to find them
constexpr size_t kMaxFewKept = 4096;
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

template <typename Body>
void Constraint::walk(Config from, const Body& body) {
  std::array<Config, 256> at_depth{};
  at_depth[0] = from;
  const std::span<const TokenTrie::Node> nodes = trie_->nodes();
  for (size_t i = 0; i < nodes.size();) {
    const TokenTrie::Node& node = nodes[i];
    const Config config = matcher_.step(at_depth[node.depth - 1U], node.byte);
    if (config == kDead) {
      i = node.behind;
      continue;
    }
    if (!body(trie_->tokens_at(node))) return;
    at_depth[node.depth] = config;
    ++i;
  }
}

std::vector<uint64_t> Constraint::make_mask() {
  std::vector<uint64_t> mask((trie_->n_vocab() + 63) / 64, 0);
  walk(config_, [&](std::span<const int32_t> ids) {
    for (const int32_t id : ids) set_bit(mask, id);
    return true;
  });
  if (matcher_.complete(config_)) {
    for (const int32_t id : trie_->ends()) set_bit(mask, id);
  }
  return mask;
}

std::optional<std::vector<int32_t>> Constraint::list_few(Config from) {
  std::vector<int32_t> few;
  if (from == kDead) return few;
  size_t n_places = 0;
  walk(from, [&](std::span<const int32_t> ids) {
    few.insert(few.end(), ids.begin(), ids.end());
    return ++n_places <= kFewPlaces && few.size() <= kFew;
  });
  if (n_places > kFewPlaces || few.size() > kFew) return std::nullopt;
  if (matcher_.complete(from)) few.insert(few.end(), trie_->ends().begin(), trie_->ends().end());
  std::sort(few.begin(), few.end());
  return few;
}

Constraint::Choice Constraint::look_ahead(std::span<const int32_t> ahead) {
  if (!active()) return {};
  Config at = config_;
  for (const int32_t id : ahead) {
    const bool known = id >= 0 && static_cast<size_t>(id) < trie_->n_vocab() && !trie_->token(id).ends;
    at = known ? advance(at, trie_->token(id).bytes) : kDead;
  }
  if (few_.size() > kMaxFewKept) few_.clear();
  const auto [found, is_new] = few_.try_emplace(at);
  if (is_new) found->second = list_few(at);
  if (!found->second) return {Choice::Kind::kMany, nullptr};
  return {Choice::Kind::kFew, &*found->second};
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
  if (matcher_.n_bytes() > kMaxMatcherBytes) {
    config_ = matcher_.shrink(config_);
    masks_.clear();
    few_.clear();
  }
}

}  // namespace samovar::sampling::grammar
