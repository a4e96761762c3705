// A vocabulary's tokens as a tree over their bytes, in the order of a walk from the root: what begins alike
// is looked at once. Built once per model, then immutable and shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace samovar::sampling::grammar {

class TokenTrie {
 public:
  struct Node {
    uint8_t byte = 0;
    uint8_t depth = 0;      // of the byte: 1 for the first
    uint32_t behind = 0;    // the first node that does not begin like this one
    uint32_t tokens = 0;    // the first of its tokens in tokens()
    uint32_t n_tokens = 0;  // that end here
  };

  struct Token {
    std::string bytes;     // what it stands for, or a control token's spelling
    bool offered = false;  // it may be part of a constrained text: not a control token
    bool ends = false;     // it ends a generation
  };
  // Tokens of no or more than 250 bytes are not offered.
  explicit TokenTrie(std::vector<Token> tokens);

  [[nodiscard]] std::span<const Node> nodes() const { return nodes_; }
  [[nodiscard]] std::span<const int32_t> tokens_at(const Node& node) const {
    return std::span(sorted_).subspan(node.tokens, node.n_tokens);
  }
  // Precondition: id in the vocabulary.
  [[nodiscard]] const Token& token(int32_t id) const { return tokens_[static_cast<size_t>(id)]; }
  [[nodiscard]] std::span<const int32_t> ends() const { return ends_; }
  [[nodiscard]] size_t n_vocab() const { return tokens_.size(); }

 private:
  void add_nodes(std::string_view before, std::string_view text, uint32_t token);

  std::vector<Token> tokens_;
  std::vector<int32_t> ends_;
  std::vector<int32_t> sorted_;  // ids in the order of their bytes
  std::vector<Node> nodes_;
};

}  // namespace samovar::sampling::grammar
