// What both kinds of tokenizer share: the vocabulary, its special tokens, and the loop over a text's
// fragments. Derived classes encode the text between special tokens. Immutable after construction, any
// thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/special_tokens.h"
#include "text/tokenizer.h"

namespace samovar::text {

class FragmentTokenizer : public Tokenizer {
 public:
  // Precondition: `vocabulary` passed make_tokenizer's checks.
  explicit FragmentTokenizer(Vocabulary vocabulary);
  FragmentTokenizer(const FragmentTokenizer&) = delete;
  FragmentTokenizer& operator=(const FragmentTokenizer&) = delete;

  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, Specials specials) const final;
  [[nodiscard]] std::vector<TokenId> encode_prompt(const Prompt& prompt) const final;
  [[nodiscard]] std::string token_bytes(TokenId id, Specials specials) const final;
  [[nodiscard]] bool is_end_of_generation(TokenId id) const final { return specials_.ends_generation(id); }
  [[nodiscard]] const Vocabulary& vocabulary() const final { return vocabulary_; }

 protected:
  // Appends the ids of `text` to `out`. `opens`: it stands at the start or behind a special token.
  struct Stretch {
    std::string_view text;
    bool opens = false;
  };
  virtual void encode_text(const Stretch& stretch, std::vector<TokenId>& out) const = 0;

  // The bytes of an ordinary or byte token. Precondition: id in the vocabulary.
  [[nodiscard]] virtual std::string text_token_bytes(TokenId id, TokenKind kind) const = 0;

  [[nodiscard]] const std::string& spelling(TokenId id) const {
    return vocabulary_.tokens[static_cast<size_t>(id)];
  }

 private:
  [[nodiscard]] std::vector<TokenId> encode_fragments(std::string_view text,
                                                      std::span<const Fragment> fragments) const;

  Vocabulary vocabulary_;
  SpecialTokens specials_;
};

}  // namespace samovar::text
