#include "backend/formats.h"

#include <algorithm>

#include "sampling/grammar/json_schema.h"

namespace samovar::backend {
namespace {

constexpr size_t kKept = 16;

}  // namespace

Result<GrammarPtr> Formats::compile(const std::string& format) {
  const auto known =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& entry) { return entry.first == format; });
  if (known != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, known);
    return kept_.front().second;
  }
  auto automaton =
      format == "json" ? sampling::grammar::compile_json() : sampling::grammar::compile_json_schema(format);
  if (!automaton) return automaton.error();
  kept_.emplace_front(format, std::make_shared<const sampling::grammar::Automaton>(std::move(*automaton)));
  if (kept_.size() > kKept) kept_.pop_back();
  return kept_.front().second;
}

std::shared_ptr<const sampling::grammar::TokenTrie> make_trie(const text::Tokenizer& tokenizer) {
  const size_t n = tokenizer.vocabulary().tokens.size();
  std::vector<sampling::grammar::TokenTrie::Token> tokens(n);
  for (size_t i = 0; i < n; ++i) {
    const auto id = static_cast<text::TokenId>(i);
    tokens[i].bytes = tokenizer.token_bytes(id, text::Specials::kAsText);
    tokens[i].offered =
        !tokens[i].bytes.empty() && tokenizer.vocabulary().kinds[i] != text::TokenKind::kControl;
    if (tokens[i].bytes.empty()) tokens[i].bytes = tokenizer.token_bytes(id, text::Specials::kParse);
    tokens[i].ends = tokenizer.is_end_of_generation(id);
  }
  return std::make_shared<const sampling::grammar::TokenTrie>(std::move(tokens));
}

}  // namespace samovar::backend
