#include "sampling/grammar/json_schema.h"

#include <string>

#include "sampling/grammar/json_pieces.h"
#include "sampling/grammar/regex.h"
#include "sampling/grammar/schema_compiler.h"
#include "wire/json.h"

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxSchemaBytes = size_t{1} << 20U;

Error about(std::string_view what, const Error& error) {
  return {error.code, std::string(what) + ": " + error.message};
}

Result<Automaton> finish(Builder& builder, StateId root, std::string_view what) {
  auto automaton = finish_automaton(builder, root);
  if (!automaton) return about(what, automaton.error());
  return automaton;
}

}  // namespace

Result<Automaton> compile_json() {
  Builder builder;
  JsonPieces pieces(builder);
  return finish(builder, builder.make_rule(pieces.object()), "format");
}

Result<Automaton> compile_json_schema(std::string_view schema) {
  if (schema.size() > kMaxSchemaBytes) {
    return Error{Code::kInvalidArgument, "format: the schema has " + std::to_string(schema.size()) +
                                             " bytes, more than " + std::to_string(kMaxSchemaBytes)};
  }
  const auto json = wire::parse_json(schema);
  if (!json) return about("format", json.error());
  Builder builder;
  const auto root = SchemaCompiler(builder, *json).run();
  if (!root) return about("format", root.error());
  return finish(builder, *root, "format");
}

Result<Automaton> compile_regex(std::string_view pattern) {
  Builder builder;
  const auto piece = add_pattern(builder, pattern, {});
  if (!piece) return about("regex", piece.error());
  return finish(builder, builder.make_rule(*piece), "regex");
}

}  // namespace samovar::sampling::grammar
