// A language over bytes: finite automata that may call each other, so that nested documents can be said.
// Built once by a compiler (json_schema.h, regex.h), then immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace samovar::sampling::grammar {

using StateId = uint32_t;

struct Edge {
  enum class Kind : uint8_t { kBytes, kEmpty, kCall };
  Kind kind = Kind::kEmpty;
  uint8_t low = 0;   // kBytes: the range, both ends included
  uint8_t high = 0;  // kBytes
  StateId to = 0;
  StateId callee = 0;  // kCall: the first state of a rule; `to` is where it goes on afterwards
};

struct State {
  std::vector<Edge> edges;
  bool returns = false;  // the end of a rule
};

// A piece of an automaton: from `begin` to `end`, nothing else leads in or out.
struct Piece {
  StateId begin = 0;
  StateId end = 0;
};

// Grows an automaton. Every state counts against a limit: beyond it overflowed() says so, and what is
// built is not to be used. A repetition's size is its count, so an exploding schema or pattern ends here.
class Builder {
 public:
  explicit Builder(size_t max_states = 200'000) : max_states_(max_states) {}

  StateId add_state();
  void add_bytes(StateId from, uint8_t low, uint8_t high, StateId to);
  void add_empty(StateId from, StateId to);
  void add_call(StateId from, StateId callee, StateId to);

  [[nodiscard]] Piece empty();
  [[nodiscard]] Piece bytes(uint8_t low, uint8_t high);
  [[nodiscard]] Piece literal(std::string_view text);
  [[nodiscard]] Piece sequence(Piece first, Piece second);
  [[nodiscard]] Piece any_of(const std::vector<Piece>& choices);
  [[nodiscard]] Piece optional(Piece piece);
  // A call of the rule that begins with `callee`.
  [[nodiscard]] Piece call(StateId callee);
  // `rule` from `least` to `most` times; most < 0: without end.
  [[nodiscard]] Piece repeat(StateId rule, int64_t least, int64_t most);

  // Marks the end of `piece`, which is not used any more, as the end of a rule; gives the rule's first state.
  StateId make_rule(Piece piece);

  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] size_t n_states() const { return states_.size(); }
  [[nodiscard]] std::vector<State> take() { return std::move(states_); }

 private:
  size_t max_states_;
  bool overflowed_ = false;
  std::vector<State> states_;
};

struct Automaton {
  std::vector<State> states;
  StateId root = 0;
};

// Checks and cleans up what a builder made: ways that lead to no end are cut off. Fails with
// kInvalidArgument when the limit was passed, when no text at all is in the language ("can never end"), or
// when a rule calls itself before it has taken a byte.
[[nodiscard]] Result<Automaton> finish_automaton(Builder& builder, StateId root);

}  // namespace samovar::sampling::grammar
