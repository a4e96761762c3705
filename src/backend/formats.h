// What a request's answer must look like, compiled: kept for the next request that asks for the same.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "sampling/grammar/automaton.h"
#include "sampling/grammar/token_trie.h"
#include "text/tokenizer.h"

namespace samovar::backend {

using GrammarPtr = std::shared_ptr<const sampling::grammar::Automaton>;

// One way to say what an answer looks like.
struct Form {
  enum class Kind { kFormat, kGrammar, kRegex };
  Kind kind = Kind::kFormat;
  std::string text;  // kFormat: "json" or a JSON schema; kGrammar: GBNF; kRegex: a pattern
  bool operator==(const Form&) const = default;
};

class Formats {
 public:
  // Fails as the compilers in sampling/grammar/json_schema.h do.
  [[nodiscard]] Result<GrammarPtr> compile(const Form& form);

 private:
  std::list<std::pair<Form, GrammarPtr>> kept_;  // last used first
};

// The tokens that may be part of a formatted answer.
[[nodiscard]] std::shared_ptr<const sampling::grammar::TokenTrie> make_trie(const text::Tokenizer& tokenizer);

}  // namespace samovar::backend
