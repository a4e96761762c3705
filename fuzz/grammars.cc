// Answer formats: from whoever may ask. A grammar, a line "----", and a text to match.
#include <memory>
#include <string>

#include "base/utf8.h"
#include "sampling/grammar/json_schema.h"
#include "sampling/grammar/matcher.h"
#include "targets.h"
#include "wire/json.h"

namespace samovar::fuzz {
namespace {

using sampling::grammar::Automaton;

// Whether `text` is of the language.
bool match(Result<Automaton> automaton, std::string_view text) {
  if (!automaton) {
    demand(!automaton.error().message.empty(), "an error has words");
    return false;
  }
  sampling::grammar::Matcher matcher(std::make_shared<const Automaton>(*std::move(automaton)));
  sampling::grammar::Config at = matcher.start();
  constexpr size_t kMostBytes = 2000;
  for (const char c : text.substr(0, kMostBytes)) {
    at = matcher.step(at, static_cast<uint8_t>(c));
    if (at == sampling::grammar::kDead || matcher.overflowed()) return false;
    if (matcher.n_bytes() > (size_t{8} << 20U)) at = matcher.shrink(at);
  }
  return text.size() <= kMostBytes && matcher.complete(at);
}

}  // namespace

// Promise: what a schema lets through is JSON.
void match_schema(std::string_view input) {
  const std::string_view schema = take_part(input);
  if (!match(sampling::grammar::compile_json_schema(schema), input)) return;
  const auto json = wire::parse_json(input);
  demand(json.ok(), "a text that a schema lets through is JSON");
}

void match_gbnf(std::string_view input) {
  const std::string_view grammar = take_part(input);
  static_cast<void>(match(sampling::grammar::compile_gbnf(grammar), input));
}

void match_regex(std::string_view input) {
  const std::string_view pattern = take_part(input);
  static_cast<void>(match(sampling::grammar::compile_regex(pattern), input));
}

}  // namespace samovar::fuzz
