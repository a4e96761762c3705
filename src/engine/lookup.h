// Guesses how a conversation goes on by looking up where its last tokens stood before: edits, summaries, code
// and lists repeat themselves. Counts how often such guesses come true, so that the engine computes guessed
// tokens only where that pays. One per generation; not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "text/vocabulary.h"

namespace samovar::engine {

class Lookup {
 public:
  static constexpr size_t kMaxGuess = 15;  // tokens

  // Takes the conversation so far, then every token as it is chosen.
  explicit Lookup(std::span<const text::TokenId> tokens);
  // Also notes whether the last guess() foretold this token.
  void push(text::TokenId token);

  // What followed the longest earlier occurrence of the conversation's last tokens, at most kMaxGuess tokens;
  // empty when the last two never stood there before. Valid until the next call of guess() or push().
  std::span<const text::TokenId> guess();

  // How likely token `i` of the last guess is right, if all before it are.
  [[nodiscard]] double chance(size_t i) const;

 private:
  static constexpr size_t kBuckets = 4096;
  static constexpr size_t kMaxMatch = 32;  // tokens compared
  static constexpr size_t kMaxTried = 32;  // occurrences compared
  static constexpr size_t kKinds = 7;      // of matches, by length

  struct Record {
    double right = 0.0;
    double all = 0.0;
  };

  [[nodiscard]] static size_t kind_of(size_t match);
  [[nodiscard]] size_t bucket_at(size_t last) const;
  [[nodiscard]] size_t match_at(size_t last) const;
  void add(text::TokenId token);

  std::vector<text::TokenId> tokens_;
  std::vector<int32_t> earlier_;          // [tokens] the position before with the same bucket; -1: none
  std::array<int32_t, kBuckets> latest_;  // position whose pair of tokens (it and the one before) fell here
  std::array<Record, kKinds> records_;    // by kind of match, recent ones weigh most
  std::vector<text::TokenId> guess_;
  size_t match_ = 0;    // tokens before the guess that agree
  size_t n_right_ = 0;  // of the guess, so far
  bool open_ = false;   // the guess has come true so far
};

}  // namespace samovar::engine
