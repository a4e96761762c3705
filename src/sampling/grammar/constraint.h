// Which tokens may come next so that the answer stays within a language. One belongs to one generation;
// not thread-safe. A token is checked alone in well under a microsecond; the mask over all of them is made
// only when it is asked for, and kept for when the same place is reached again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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

  // What may come next behind `ahead`, tokens that were not accepted yet.
  struct Choice {
    enum class Kind { kFree, kFew, kMany } kind = Kind::kFree;  // kFree: nothing is constrained yet
    const std::vector<int32_t>* tokens = nullptr;  // kFew: all of them, rising; valid until the next call
  };
  [[nodiscard]] Choice look_ahead(std::span<const int32_t> ahead = {});

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
  // The tokens that may come at `from`, in no order; nothing when they are many.
  [[nodiscard]] std::optional<std::vector<int32_t>> list_few(Config from);
  // Calls body(ids) for the tokens of every place in the tree that `from` leads to, until it says false.
  template <typename Body>
  void walk(Config from, const Body& body);

  Matcher matcher_;
  std::shared_ptr<const TokenTrie> trie_;
  std::string after_;
  std::string seen_;  // the end of the text while nothing is constrained
  Config config_;
  std::unordered_map<Config, std::vector<uint64_t>> masks_;
  std::unordered_map<Config, std::optional<std::vector<int32_t>>> few_;  // nothing: they are many
};

}  // namespace samovar::sampling::grammar
