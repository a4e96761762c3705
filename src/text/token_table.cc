#include "text/token_table.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace samovar::text {
namespace {

uint32_t hash_of(std::string_view spelling) {
  const size_t hash = std::hash<std::string_view>{}(spelling);
  return static_cast<uint32_t>(hash ^ hash >> 32);
}

bool is_text(TokenKind kind) {
  return kind == TokenKind::kNormal || kind == TokenKind::kUserDefined || kind == TokenKind::kUnused;
}

}  // namespace

TokenTable::TokenTable(const std::vector<std::string>& tokens, const std::vector<TokenKind>& kinds)
    : tokens_(&tokens), slots_(std::bit_ceil(std::max<size_t>(2 * tokens.size(), 16))) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].empty() && is_text(kinds[i])) insert(static_cast<TokenId>(i));
  }
}

void TokenTable::insert(TokenId id) {
  const std::string& spelling = (*tokens_)[static_cast<size_t>(id)];
  const uint32_t hash = hash_of(spelling);
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  for (; slots_[at].id >= 0; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && (*tokens_)[static_cast<size_t>(slots_[at].id)] == spelling) return;
  }
  slots_[at] = {hash, id};
  longest_ = std::max(longest_, spelling.size());
}

TokenId TokenTable::find(std::string_view spelling) const {
  if (spelling.empty() || spelling.size() > longest_) return -1;
  const uint32_t hash = hash_of(spelling);
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at].id >= 0; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && (*tokens_)[static_cast<size_t>(slots_[at].id)] == spelling)
      return slots_[at].id;
  }
  return -1;
}

}  // namespace samovar::text
