#include "sampling/grammar/automaton.h"

#include <algorithm>
#include <deque>

namespace samovar::sampling::grammar {

StateId Builder::add_state() {
  if (states_.size() >= max_states_) {
    overflowed_ = true;
    return 0;
  }
  states_.emplace_back();
  return static_cast<StateId>(states_.size() - 1);
}

void Builder::add_bytes(StateId from, uint8_t low, uint8_t high, StateId to) {
  if (overflowed_) return;
  states_[from].edges.push_back({.kind = Edge::Kind::kBytes, .low = low, .high = high, .to = to});
}

void Builder::add_empty(StateId from, StateId to) {
  if (overflowed_) return;
  states_[from].edges.push_back({.kind = Edge::Kind::kEmpty, .to = to});
}

void Builder::add_call(StateId from, StateId callee, StateId to) {
  if (overflowed_) return;
  states_[from].edges.push_back({.kind = Edge::Kind::kCall, .to = to, .callee = callee});
}

Piece Builder::empty() {
  const StateId state = add_state();
  return {state, state};
}

Piece Builder::bytes(uint8_t low, uint8_t high) {
  const Piece piece{add_state(), add_state()};
  add_bytes(piece.begin, low, high, piece.end);
  return piece;
}

Piece Builder::literal(std::string_view text) {
  Piece piece = empty();
  for (const char c : text) {
    const StateId next = add_state();
    add_bytes(piece.end, static_cast<uint8_t>(c), static_cast<uint8_t>(c), next);
    piece.end = next;
  }
  return piece;
}

Piece Builder::sequence(Piece first, Piece second) {
  add_empty(first.end, second.begin);
  return {first.begin, second.end};
}

Piece Builder::any_of(const std::vector<Piece>& choices) {
  const Piece piece{add_state(), add_state()};
  for (const Piece& choice : choices) {
    add_empty(piece.begin, choice.begin);
    add_empty(choice.end, piece.end);
  }
  return piece;
}

Piece Builder::optional(Piece piece) { return any_of({piece, empty()}); }

Piece Builder::call(StateId callee) {
  const Piece piece{add_state(), add_state()};
  add_call(piece.begin, callee, piece.end);
  return piece;
}

Piece Builder::repeat(StateId rule, int64_t least, int64_t most) {
  Piece piece = empty();
  const auto add_one = [&] {
    const StateId next = add_state();
    add_call(piece.end, rule, next);
    piece.end = next;
  };
  for (int64_t i = 0; i < least && !overflowed_; ++i) add_one();
  if (most < 0) {
    const StateId loop = add_state();
    add_empty(piece.end, loop);
    add_call(loop, rule, loop);
    return {piece.begin, loop};
  }
  const StateId end = add_state();
  add_empty(piece.end, end);
  for (int64_t i = least; i < most && !overflowed_; ++i) {
    add_one();
    add_empty(piece.end, end);
  }
  return {piece.begin, end};
}

StateId Builder::make_rule(Piece piece) {
  if (!overflowed_) states_[piece.end].returns = true;
  return piece.begin;
}

namespace {

// Which states lead to the end of their rule. Works backwards from the ends.
class Reachability {
 public:
  explicit Reachability(const std::vector<State>& states) : states_(states), back_(states.size()) {
    for (StateId from = 0; from < states.size(); ++from) {
      for (const Edge& edge : states[from].edges) {
        back_[edge.to].push_back(from);
        if (edge.kind == Edge::Kind::kCall) back_[edge.callee].push_back(from);
      }
    }
  }

  // With `free_only` only ways that take no byte count.
  std::vector<bool> find(bool free_only) {
    std::vector<bool> reached(states_.size(), false);
    std::deque<StateId> open;
    for (StateId state = 0; state < states_.size(); ++state) {
      if (states_[state].returns) {
        reached[state] = true;
        open.push_back(state);
      }
    }
    while (!open.empty()) {
      const StateId at = open.front();
      open.pop_front();
      for (const StateId from : back_[at]) {
        if (reached[from] || !leads_on(from, reached, free_only)) continue;
        reached[from] = true;
        open.push_back(from);
      }
    }
    return reached;
  }

 private:
  [[nodiscard]] bool leads_on(StateId state, const std::vector<bool>& reached, bool free_only) const {
    return std::any_of(states_[state].edges.begin(), states_[state].edges.end(), [&](const Edge& edge) {
      if (!reached[edge.to]) return false;
      if (edge.kind == Edge::Kind::kBytes) return !free_only;
      return edge.kind == Edge::Kind::kEmpty || reached[edge.callee];
    });
  }

  const std::vector<State>& states_;
  std::vector<std::vector<StateId>> back_;
};

// Whether some rule can call itself without having taken a byte: its stack would grow without end.
class RecursionSearch {
 public:
  RecursionSearch(const std::vector<State>& states, const std::vector<bool>& nullable)
      : states_(states), nullable_(nullable), colors_(states.size(), Color::kNew), seen_(states.size(), 0) {}

  bool has_loop() {
    std::vector<bool> is_rule(states_.size(), false);
    for (const State& state : states_) {
      for (const Edge& edge : state.edges) {
        if (edge.kind == Edge::Kind::kCall) is_rule[edge.callee] = true;
      }
    }
    for (StateId state = 0; state < states_.size(); ++state) {
      if (is_rule[state] && colors_[state] == Color::kNew && visit(state)) return true;
    }
    return false;
  }

 private:
  enum class Color : uint8_t { kNew, kOpen, kDone };

  // The rules that are called on ways from `start` that take no byte.
  void collect_callees(StateId start, std::vector<StateId>& out) {
    std::vector<StateId> open = {start};
    ++round_;
    seen_[start] = round_;
    const auto push = [&](StateId state) {
      if (seen_[state] == round_) return;
      seen_[state] = round_;
      open.push_back(state);
    };
    while (!open.empty()) {
      const StateId at = open.back();
      open.pop_back();
      for (const Edge& edge : states_[at].edges) {
        if (edge.kind == Edge::Kind::kEmpty) push(edge.to);
        if (edge.kind != Edge::Kind::kCall) continue;
        out.push_back(edge.callee);
        if (nullable_[edge.callee]) push(edge.to);
      }
    }
  }

  bool visit(StateId start) {
    struct Open {
      StateId rule;
      std::vector<StateId> callees;
      size_t next = 0;
    };
    std::vector<Open> path;
    const auto enter = [&](StateId rule) {
      colors_[rule] = Color::kOpen;
      Open& open = path.emplace_back();
      open.rule = rule;
      collect_callees(rule, open.callees);
    };
    enter(start);
    while (!path.empty()) {
      Open& top = path.back();
      if (top.next == top.callees.size()) {
        colors_[top.rule] = Color::kDone;
        path.pop_back();
        continue;
      }
      const StateId callee = top.callees[top.next++];
      if (colors_[callee] == Color::kOpen) return true;
      if (colors_[callee] == Color::kNew) enter(callee);
    }
    return false;
  }

  const std::vector<State>& states_;
  const std::vector<bool>& nullable_;
  std::vector<Color> colors_;
  std::vector<uint32_t> seen_;  // the round in which a state was met
  uint32_t round_ = 0;
};

}  // namespace

Result<Automaton> finish_automaton(Builder& builder, StateId root) {
  if (builder.overflowed()) {
    return Error{Code::kInvalidArgument,
                 "it needs more than " + std::to_string(builder.n_states()) + " states: it is too large"};
  }
  Automaton out{builder.take(), root};
  const std::vector<bool> alive = Reachability(out.states).find(false);
  if (!alive[root]) return Error{Code::kInvalidArgument, "nothing can satisfy it"};
  for (State& state : out.states) {
    std::erase_if(state.edges, [&](const Edge& edge) {
      return !alive[edge.to] || (edge.kind == Edge::Kind::kCall && !alive[edge.callee]);
    });
  }
  const std::vector<bool> nullable = Reachability(out.states).find(true);
  if (RecursionSearch(out.states, nullable).has_loop()) {
    return Error{Code::kInvalidArgument, "it refers to itself without anything in between"};
  }
  return out;
}

}  // namespace samovar::sampling::grammar
