// The tokens that text is searched for before it is tokenized: control tokens ("<|im_end|>") and user-defined
// ones. Follows llama.cpp's rules: longer spellings first, user-defined ones even where specials are text.
// Immutable after construction, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "text/prompt.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

namespace samovar::text {

// A stretch of the text, [begin, end): a special token, or text to tokenize (id -1).
struct Fragment {
  size_t begin = 0;
  size_t end = 0;
  TokenId id = -1;
};

class SpecialTokens {
 public:
  // Precondition: vocabulary.kinds has one entry per token, ids are in range (make_tokenizer checks both).
  explicit SpecialTokens(const Vocabulary& vocabulary);

  // The token's kind: the file's, corrected for tokens that are control tokens by their well-known spelling.
  // Precondition: id in the vocabulary.
  [[nodiscard]] TokenKind kind(TokenId id) const { return kinds_[static_cast<size_t>(id)]; }

  // False for ids outside the vocabulary.
  [[nodiscard]] bool ends_generation(TokenId id) const;

  // Tokens that text from users must never become: control tokens, and user-defined ones that open a turn or
  // a part of an answer. Ascending.
  [[nodiscard]] std::span<const TokenId> guarded() const { return guarded_; }

  // Cuts `text` at its special tokens, in order; no empty fragments. Control tokens are found only with
  // kParse and where they do not overlap `plain` (sorted, disjoint). White space that a token swallows is in
  // no fragment.
  [[nodiscard]] std::vector<Fragment> split(std::string_view text, Specials specials,
                                            std::span<const Range> plain) const;

 private:
  friend class SpecialSearch;

  struct Node {  // of a tree over the spellings' bytes
    uint8_t byte = 0;
    bool control = false;   // found only with kParse
    bool guarded = false;   // not found in plain ranges
    bool swallows = false;  // swallows the white space behind it
    TokenId id = -1;        // -1: no spelling ends here
    int32_t child = -1;
    int32_t sibling = -1;
  };

  void correct_kinds(const Vocabulary& vocabulary);
  void add(std::string_view spelling, const Node& node);
  [[nodiscard]] int32_t child_of(int32_t parent, uint8_t byte) const;

  std::vector<TokenKind> kinds_;
  std::vector<TokenId> ends_;  // end of generation, sorted
  std::vector<TokenId> guarded_;
  std::vector<Node> nodes_;
  std::array<int32_t, 256> first_;  // node of a spelling's first byte, -1: none
  size_t longest_ = 0;              // bytes
};

}  // namespace samovar::text
