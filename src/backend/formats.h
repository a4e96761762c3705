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

class Formats {
 public:
  // `format`: "json", or a JSON schema. Fails as sampling::grammar::compile_json_schema does.
  [[nodiscard]] Result<GrammarPtr> compile(const std::string& format);

 private:
  std::list<std::pair<std::string, GrammarPtr>> kept_;  // last used first
};

// The tokens that may be part of a formatted answer.
[[nodiscard]] std::shared_ptr<const sampling::grammar::TokenTrie> make_trie(const text::Tokenizer& tokenizer);

}  // namespace samovar::backend
