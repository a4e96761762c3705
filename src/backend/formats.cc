#include "backend/formats.h"

#include <algorithm>

#include "sampling/grammar/json_schema.h"
#include "sampling/grammar/matcher.h"

namespace samovar::backend {
namespace {

constexpr size_t kKept = 16;

Result<sampling::grammar::Automaton> make_automaton(const Form& form) {
  if (form.kind == Form::Kind::kGrammar) return sampling::grammar::compile_gbnf(form.text);
  if (form.kind == Form::Kind::kRegex) return sampling::grammar::compile_regex(form.text);
  return form.text == "json" ? sampling::grammar::compile_json()
                             : sampling::grammar::compile_json_schema(form.text);
}

std::string_view name_of(Form::Kind kind) {
  return kind == Form::Kind::kGrammar ? "grammar" : kind == Form::Kind::kRegex ? "regex" : "format";
}

}  // namespace

Result<GrammarPtr> Formats::compile(const Form& form) {
  const auto known =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& entry) { return entry.first == form; });
  if (known != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, known);
    return kept_.front().second;
  }
  auto automaton = make_automaton(form);
  if (!automaton) return automaton.error();
  auto made = std::make_shared<const sampling::grammar::Automaton>(std::move(*automaton));
  if (sampling::grammar::Matcher(made).overflowed()) {
    return Error{Code::kInvalidArgument,
                 std::string(name_of(form.kind)) + ": an answer could begin in too many ways"};
  }
  kept_.emplace_front(form, std::move(made));
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
