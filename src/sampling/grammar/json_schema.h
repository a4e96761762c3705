// JSON, JSON Schema (drafts 4 to 2020-12), regular expressions and grammars as automata. Whatever an
// automaton lets through is valid for its schema; some valid documents it does not let through:
// - properties come in the schema's order, others (additionalProperties given as true or a schema) behind
//   them, with keys written without escapes;
// - between tokens there is nothing, one space, or a line break and at most 20 spaces or tabs;
// - a schema without "type" but with keywords of one type is taken as that type;
// - numbers have at most 16 digits on each side of the point, exponents two.
// What cannot be kept is refused by name: not, if, patternProperties, propertyNames, dependent*, contains,
// unevaluated*, uniqueItems, multipleOf, references to other documents, oneOf whose alternatives may overlap.
#pragma once

#include <string_view>

#include "base/result.h"
#include "sampling/grammar/automaton.h"

namespace samovar::sampling::grammar {

// Any JSON object.
[[nodiscard]] Result<Automaton> compile_json();

// Documents that are valid for `schema`, a JSON text. Fails with kInvalidArgument or kUnsupported; the
// message has the keyword and its place: "format: 'not' is not supported at #/properties/a".
[[nodiscard]] Result<Automaton> compile_json_schema(std::string_view schema);

// Texts that `pattern` matches as a whole (regex.h).
[[nodiscard]] Result<Automaton> compile_regex(std::string_view pattern);

// Texts of the rule "root" of a grammar in GBNF (docs/compatibility.md, "Formats"). The message of an error
// has line and column: "grammar: line 2, column 9: rule 'itme' is not defined".
[[nodiscard]] Result<Automaton> compile_gbnf(std::string_view text);

}  // namespace samovar::sampling::grammar
