// Spelling -> token id, for vocabularies of a few hundred thousand tokens: one flat table, no allocation
// per token. Immutable after construction, any thread may read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"

namespace samovar::text {

class TokenTable {
 public:
  TokenTable() = default;
  // `tokens` is borrowed: its strings must stay where they are. Tokens whose kind is not in `kinds` text
  // (control, unknown, byte) and empty ones are left out, so that text can never spell them.
  // Of two equal spellings the first wins. Precondition: kinds.size() == tokens.size().
  TokenTable(const std::vector<std::string>& tokens, const std::vector<TokenKind>& kinds);

  // -1: no such token.
  [[nodiscard]] TokenId find(std::string_view spelling) const;

  // Bytes of the longest spelling in the table.
  [[nodiscard]] size_t longest() const { return longest_; }

 private:
  struct Slot {
    uint32_t hash = 0;
    TokenId id = -1;  // -1: empty
  };

  void insert(TokenId id);

  const std::vector<std::string>* tokens_ = nullptr;  // borrowed
  std::vector<Slot> slots_;                           // power of two, at most half full
  size_t longest_ = 0;
};

}  // namespace samovar::text
