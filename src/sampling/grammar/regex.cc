#include "sampling/grammar/regex.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "sampling/grammar/characters.h"
#include "sampling/grammar/regex_parser.h"

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxRegexStates = 20'000;
constexpr size_t kMaxCountedStates = 100'000;

// An automaton over characters, so that they can be counted before they become bytes.
struct CharacterAutomaton {
  struct Step {
    int32_t set = -1;  // -1: takes no character
    size_t to = 0;
  };
  std::vector<std::vector<Step>> states;
  std::vector<CodeSet> sets;
  size_t begin = 0;
  size_t end = 0;
};

class RegexCompiler {
 public:
  std::optional<Error> error;

  CharacterAutomaton run(const RegexNode& root, bool searches) {
    const std::vector<RegexNode> whole = {root};
    const bool is_choice = root.kind == RegexNode::Kind::kChoice;
    out_.begin = add_state();
    out_.end = add_state();
    for (const RegexNode& choice : is_choice ? root.items : whole) {
      const bool begins = has_anchor(choice, RegexNode::Kind::kBegin);
      const bool ends = has_anchor(choice, RegexNode::Kind::kEnd);
      size_t at = add_state();
      add_step(out_.begin, -1, at);
      if (searches && !begins) loop_any(at);
      at = add_items(choice, at, begins, ends);
      if (searches && !ends) loop_any(at);
      add_step(at, -1, out_.end);
    }
    return std::move(out_);
  }

 private:
  static bool has_anchor(const RegexNode& node, RegexNode::Kind kind) {
    if (node.kind != RegexNode::Kind::kSequence || node.items.empty()) return node.kind == kind;
    return (kind == RegexNode::Kind::kBegin ? node.items.front() : node.items.back()).kind == kind;
  }

  // A top-level alternative without its anchors.
  size_t add_items(const RegexNode& choice, size_t at, bool begins, bool ends) {
    if (choice.kind != RegexNode::Kind::kSequence) return begins || ends ? at : add(choice, at);
    const size_t n = choice.items.size() - (ends ? 1 : 0);
    for (size_t i = begins ? 1 : 0; i < n; ++i) at = add(choice.items[i], at);
    return at;
  }

  size_t add_state() {
    if (out_.states.size() >= kMaxRegexStates) {
      fail({Code::kInvalidArgument, "the pattern is too large"});
      return 0;
    }
    out_.states.emplace_back();
    return out_.states.size() - 1;
  }
  void add_step(size_t from, int32_t set, size_t to) { out_.states[from].push_back({set, to}); }
  void fail(Error what) {
    if (!error) error = std::move(what);
  }

  void loop_any(size_t at) { add_step(at, number_of(complement({})), at); }

  int32_t number_of(const CodeSet& set) {
    const auto [found, is_new] = numbers_.try_emplace(set, static_cast<int32_t>(out_.sets.size()));
    if (is_new) out_.sets.push_back(set);
    return found->second;
  }

  // Adds `node` behind state `at`; returns the state behind it.
  size_t add(const RegexNode& node, size_t at) {
    if (error) return at;
    switch (node.kind) {
      case RegexNode::Kind::kSet: {
        const size_t next = add_state();
        add_step(at, number_of(node.set), next);
        return next;
      }
      case RegexNode::Kind::kSequence:
        for (const RegexNode& item : node.items) at = add(item, at);
        return at;
      case RegexNode::Kind::kChoice: {
        const size_t end = add_state();
        for (const RegexNode& item : node.items) {
          const size_t begin = add_state();
          add_step(at, -1, begin);
          add_step(add(item, begin), -1, end);
        }
        return end;
      }
      case RegexNode::Kind::kRepeat:
        return add_repeat(node, at);
      default:
        fail({Code::kUnsupported, "^ and $ are supported at the beginning and end of a pattern only"});
        return at;
    }
  }

  size_t add_repeat(const RegexNode& node, size_t at) {
    // What takes no character is not worth repeating: counts multiply when they are nested.
    for (int64_t i = 0; i < node.least && !error; ++i) {
      if (std::exchange(at, add(node.items[0], at)) == at) break;
    }
    if (node.most < 0) {
      const size_t loop = add_state();
      add_step(at, -1, loop);
      add_step(add(node.items[0], loop), -1, loop);
      const size_t end = add_state();
      add_step(loop, -1, end);
      return end;
    }
    const size_t end = add_state();
    add_step(at, -1, end);
    for (int64_t i = node.least; i < node.most && !error; ++i) {
      if (std::exchange(at, add(node.items[0], at)) == at) break;
      add_step(at, -1, end);
    }
    return end;
  }

  CharacterAutomaton out_;
  std::map<CodeSet, int32_t> numbers_;
};

// The texts of `from` with a length in [least, most]. False when that is too large.
bool count_characters(CharacterAutomaton& from, int64_t least, int64_t most) {
  if (least <= 0 && most < 0) return true;
  CharacterAutomaton out;
  out.sets = std::move(from.sets);
  std::map<std::pair<size_t, int64_t>, size_t> numbers;
  std::deque<std::pair<size_t, int64_t>> open;
  const auto number_of = [&](size_t state, int64_t count) {
    const auto [found, is_new] = numbers.try_emplace({state, count}, out.states.size());
    if (is_new) {
      out.states.emplace_back();
      open.emplace_back(state, count);
    }
    return found->second;
  };
  out.begin = number_of(from.begin, 0);
  std::vector<size_t> ends;
  while (!open.empty()) {
    if (out.states.size() > kMaxCountedStates) return false;
    const auto [state, count] = open.front();
    open.pop_front();
    const size_t here = numbers.at({state, count});
    if (state == from.end && count >= least) ends.push_back(here);
    for (const CharacterAutomaton::Step& step : from.states[state]) {
      // Without an upper end counting stops at the lower one.
      const int64_t behind = step.set < 0 ? count : most < 0 ? std::min(count + 1, least) : count + 1;
      if (most >= 0 && behind > most) continue;
      const size_t to = number_of(step.to, behind);
      out.states[here].push_back({step.set, to});
    }
  }
  out.states.emplace_back();
  out.end = out.states.size() - 1;
  for (const size_t state : ends) out.states[state].push_back({-1, out.end});
  from = std::move(out);
  return true;
}

}  // namespace

Result<Piece> add_pattern(Builder& builder, std::string_view pattern, const PatternOptions& options) {
  const auto tree = parse_regex(pattern);
  if (!tree) return tree.error();
  RegexCompiler compiler;
  CharacterAutomaton characters = compiler.run(*tree, options.searches);
  if (compiler.error) return *compiler.error;
  if (!count_characters(characters, options.min_length, options.max_length)) {
    return Error{Code::kInvalidArgument, "the pattern with its length limits is too large"};
  }
  std::vector<StateId> rules;
  for (const CodeSet& set : characters.sets) {
    rules.push_back(builder.make_rule(
        options.spelling == Spelling::kUtf8 ? add_utf8(builder, set) : add_json_character(builder, set)));
  }
  std::vector<StateId> states;
  for (size_t i = 0; i < characters.states.size(); ++i) states.push_back(builder.add_state());
  for (size_t from = 0; from < states.size(); ++from) {
    for (const CharacterAutomaton::Step& step : characters.states[from]) {
      if (step.set < 0) {
        builder.add_empty(states[from], states[step.to]);
      } else {
        builder.add_call(states[from], rules[static_cast<size_t>(step.set)], states[step.to]);
      }
    }
  }
  return Piece{states[characters.begin], states[characters.end]};
}

}  // namespace samovar::sampling::grammar
