#include <algorithm>
#include <string>
#include <utility>

#include "sampling/grammar/automaton.h"
#include "sampling/grammar/gbnf_parser.h"
#include "sampling/grammar/json_schema.h"
#include "sampling/grammar/matcher.h"

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxGrammarBytes = size_t{1} << 20U;

class GbnfCompiler {
 public:
  GbnfCompiler(Builder& builder, const Gbnf& grammar) : builder_(builder) {
    for (size_t i = 0; i < grammar.rules.size(); ++i) begins_.push_back(builder.add_state());
    for (size_t i = 0; i < grammar.rules.size(); ++i) {
      const Piece body = add(grammar.rules[i].body);
      builder_.add_empty(begins_[i], body.begin);
      static_cast<void>(builder_.make_rule(body));
    }
  }

  [[nodiscard]] StateId begin_of(size_t rule) const { return begins_[rule]; }

 private:
  Piece add(const GbnfNode& node) {
    switch (node.kind) {
      case GbnfNode::Kind::kSet:
        return add_utf8(builder_, node.set);
      case GbnfNode::Kind::kText:
        return builder_.literal(node.text);
      case GbnfNode::Kind::kRule:
        return builder_.call(begins_[node.rule]);
      case GbnfNode::Kind::kRepeat:
        return add_repeat(node);
      case GbnfNode::Kind::kChoice: {
        std::vector<Piece> choices;
        for (const GbnfNode& item : node.items) choices.push_back(add(item));
        return builder_.any_of(choices);
      }
      case GbnfNode::Kind::kSequence:
        break;
    }
    Piece sequence = builder_.empty();
    for (const GbnfNode& item : node.items) {
      if (builder_.overflowed()) break;
      sequence = builder_.sequence(sequence, add(item));
    }
    return sequence;
  }

  Piece add_repeat(const GbnfNode& node) {
    const Piece item = add(node.items[0]);
    if (node.least == 0 && node.most == 1) return builder_.optional(item);
    if (node.most >= 0 || node.least > 1) {
      return builder_.repeat(builder_.make_rule(item), node.least, node.most);
    }
    // * and +: a way back, without the calls that counting needs.
    const Piece loop{builder_.add_state(), builder_.add_state()};
    builder_.add_empty(loop.begin, item.begin);
    builder_.add_empty(item.end, loop.end);
    builder_.add_empty(loop.end, loop.begin);
    return node.least == 1 ? loop : builder_.optional(loop);
  }

  Builder& builder_;
  std::vector<StateId> begins_;
};

// Tells which rule is to blame for a grammar that is no language. Only asked for bad ones.
class GbnfDiagnosis {
 public:
  explicit GbnfDiagnosis(const Gbnf& grammar)
      : grammar_(grammar), ends_(grammar.rules.size(), false), empties_(grammar.rules.size(), false) {
    for (bool changed = true; changed;) {
      changed = false;
      // Rules use those behind them more often than those before them.
      for (size_t i = grammar.rules.size(); i-- > 0;) {
        changed |= raise(ends_, i, can_end(grammar.rules[i].body));
        changed |= raise(empties_, i, can_be_empty(grammar.rules[i].body));
      }
    }
  }

  [[nodiscard]] Error find() const {
    for (size_t i = 0; i < grammar_.rules.size(); ++i) {
      std::vector<bool> met(grammar_.rules.size(), false);
      std::vector<size_t> open = {i};
      while (!open.empty()) {
        const size_t at = open.back();
        open.pop_back();
        std::vector<size_t> first;
        find_first(grammar_.rules[at].body, first);
        for (const size_t next : first) {
          if (next == i) return blame(i, "begins with itself, so it could be read for ever");
          if (!met[next]) open.push_back(next);
          met[next] = true;
        }
      }
    }
    for (size_t i = 0; i < grammar_.rules.size(); ++i) {
      if (!ends_[i]) return blame(i, "can never end");
    }
    return {Code::kInvalidArgument, "the grammar has no text at all"};
  }

 private:
  static bool raise(std::vector<bool>& flags, size_t at, bool value) {
    if (!value || flags[at]) return false;
    flags[at] = true;
    return true;
  }

  [[nodiscard]] Error blame(size_t rule, const std::string& what) const {
    return {Code::kInvalidArgument,
            to_text(grammar_.rules[rule].place) + ": rule '" + grammar_.rules[rule].name + "' " + what};
  }

  [[nodiscard]] bool can_end(const GbnfNode& node) const {
    const auto item_can = [this](const GbnfNode& item) { return can_end(item); };
    if (node.kind == GbnfNode::Kind::kRule) return ends_[node.rule];
    if (node.kind == GbnfNode::Kind::kChoice) {
      return std::any_of(node.items.begin(), node.items.end(), item_can);
    }
    if (node.kind == GbnfNode::Kind::kSet) return !node.set.empty();
    if (node.kind == GbnfNode::Kind::kRepeat && node.least == 0) return true;
    return std::all_of(node.items.begin(), node.items.end(), item_can);
  }

  [[nodiscard]] bool can_be_empty(const GbnfNode& node) const {
    const auto item_can = [this](const GbnfNode& item) { return can_be_empty(item); };
    if (node.kind == GbnfNode::Kind::kRule) return empties_[node.rule];
    if (node.kind == GbnfNode::Kind::kChoice) {
      return std::any_of(node.items.begin(), node.items.end(), item_can);
    }
    if (node.kind == GbnfNode::Kind::kSet) return false;
    if (node.kind == GbnfNode::Kind::kText) return node.text.empty();
    if (node.kind == GbnfNode::Kind::kRepeat && node.least == 0) return true;
    return std::all_of(node.items.begin(), node.items.end(), item_can);
  }

  // The rules that a text of `node` may begin with.
  void find_first(const GbnfNode& node, std::vector<size_t>& out) const {
    if (node.kind == GbnfNode::Kind::kRule) out.push_back(node.rule);
    for (const GbnfNode& item : node.items) {
      find_first(item, out);
      if (node.kind == GbnfNode::Kind::kSequence && !can_be_empty(item)) break;
    }
  }

  const Gbnf& grammar_;
  std::vector<bool> ends_;
  std::vector<bool> empties_;
};

Error in_grammar(const Error& error) { return {error.code, "grammar: " + error.message}; }

}  // namespace

Result<Automaton> compile_gbnf(std::string_view text) {
  if (text.size() > kMaxGrammarBytes) {
    return Error{Code::kInvalidArgument, "grammar: it has " + std::to_string(text.size()) +
                                             " bytes, more than " + std::to_string(kMaxGrammarBytes)};
  }
  const auto grammar = parse_gbnf(text);
  if (!grammar) return in_grammar(grammar.error());
  Builder builder;
  const GbnfCompiler compiler(builder, *grammar);
  const bool overflowed = builder.overflowed();
  auto automaton = finish_automaton(builder, compiler.begin_of(grammar->root));
  if (!automaton) return in_grammar(overflowed ? automaton.error() : GbnfDiagnosis(*grammar).find());
  return automaton;
}

}  // namespace samovar::sampling::grammar
