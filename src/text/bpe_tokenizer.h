// Byte-level byte pair encoding ("gpt2" in GGUF): pieces cut by regular expressions, then merges by rank.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/fragment_tokenizer.h"
#include "text/pre_tokenizer.h"
#include "text/symbol_merger.h"
#include "text/token_table.h"

namespace samovar::text {

// (left, right) symbol ids -> merge; a flat table. Immutable once filled.
class PairTable {
 public:
  PairTable() = default;
  // Room for `n_pairs`.
  explicit PairTable(size_t n_pairs);
  // Keeps the earlier merge if the pair is known.
  void insert(TokenId left, TokenId right, Merge merge);
  [[nodiscard]] std::optional<Merge> find(TokenId left, TokenId right) const;

 private:
  struct Slot {
    uint64_t pair = 0;
    Merge merge{0, -1};  // id -1: empty
  };
  [[nodiscard]] size_t slot_of(uint64_t pair) const;

  std::vector<Slot> slots_;  // power of two, at most half full
};

class BpeTokenizer final : public FragmentTokenizer {
 public:
  // Precondition: `vocabulary` passed make_tokenizer's checks. Fails with kCorrupt for a merge that is not
  // two symbols with a space between.
  [[nodiscard]] static Result<std::unique_ptr<Tokenizer>> make(Vocabulary vocabulary);

 private:
  BpeTokenizer(Vocabulary vocabulary, PreTokenizer pre_tokenizer);

  [[nodiscard]] Result<void> read_merges();
  void encode_text(const Stretch& stretch, std::vector<TokenId>& out) const override;
  [[nodiscard]] std::string text_token_bytes(TokenId id, TokenKind kind) const override;
  bool encode_whole(std::string_view piece, std::string& letters, std::vector<TokenId>& out) const;
  void encode_piece(std::string_view piece, SymbolMerger& merger, std::vector<TokenId>& out) const;

  PreTokenizer pre_tokenizer_;
  TokenTable table_;
  PairTable pairs_;
  std::array<TokenId, 256> byte_symbols_;  // ids from n_vocab on: spellings that merges use but no token has
  std::array<TokenId, 256> byte_tokens_;   // -1: the vocabulary lacks this byte
};

}  // namespace samovar::text
