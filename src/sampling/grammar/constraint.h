// Which tokens may come next so that the answer stays within a language. One belongs to one generation;
// not thread-safe. A token is checked alone in well under a microsecond; the mask over all of them is made
// only when it is asked for, and kept for when the same place is reached again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sampling/grammar/matcher.h"
#include "sampling/grammar/token_trie.h"

namespace samovar::sampling::grammar {

class Constraint {
 public:
  // `after`: nothing is constrained until the answer has had this text ("</think>"); empty: from the start.
  Constraint(std::shared_ptr<const Automaton> automaton, std::shared_ptr<const TokenTrie> trie,
             std::string after = {});

  // Whether `token` may come next. An end token may where the text is whole.
  [[nodiscard]] bool allows(int32_t token);
  // The same for all: bit `id` of word id / 64.
  [[nodiscard]] const std::vector<uint64_t>& mask();
  // The token was taken.
  void accept(int32_t token);

  // False while everything is still allowed.
  [[nodiscard]] bool active() const { return after_.empty(); }
  // The answer cannot be carried on within the language: what was taken was not allowed, or there were too
  // many ways to read it.
  [[nodiscard]] bool failed() const { return config_ == kDead || matcher_.overflowed(); }

 private:
  [[nodiscard]] Config advance(Config from, std::string_view bytes);
  [[nodiscard]] std::vector<uint64_t> make_mask();

  Matcher matcher_;
  std::shared_ptr<const TokenTrie> trie_;
  std::string after_;
  std::string seen_;  // the end of the text while nothing is constrained
  Config config_;
  std::unordered_map<Config, std::vector<uint64_t>> masks_;
};

}  // namespace samovar::sampling::grammar
