// SentencePiece's byte pair encoding ("llama" in GGUF): characters joined by the score of the token they
// form, bytes for characters that the vocabulary lacks.
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
#include "text/symbol_merger.h"
#include "text/token_table.h"

namespace samovar::text {

// Which two characters stand side by side in some token: text falls apart everywhere else. May say yes
// wrongly (a hash), never no. Immutable after construction.
class NeighbourSet {
 public:
  explicit NeighbourSet(const std::vector<std::string>& tokens);
  [[nodiscard]] bool may_join(std::string_view left, std::string_view right) const;

 private:
  std::vector<uint64_t> bits_;
};

class SpmTokenizer final : public FragmentTokenizer {
 public:
  // Precondition: `vocabulary` passed make_tokenizer's checks. Fails with kCorrupt if a byte has no token and
  // there is no unknown token either.
  [[nodiscard]] static Result<std::unique_ptr<Tokenizer>> make(Vocabulary vocabulary);

 private:
  explicit SpmTokenizer(Vocabulary vocabulary);

  [[nodiscard]] Result<void> find_byte_tokens();
  void encode_text(const Stretch& stretch, std::vector<TokenId>& out) const override;
  [[nodiscard]] std::string text_token_bytes(TokenId id, TokenKind kind) const override;
  [[nodiscard]] std::optional<Merge> find_merge(std::string_view joined) const;
  void join(std::string_view text, SymbolMerger& merger, std::vector<TokenId>& out) const;

  TokenTable table_;
  NeighbourSet neighbours_;
  std::array<TokenId, 256> byte_tokens_;
};

}  // namespace samovar::text
