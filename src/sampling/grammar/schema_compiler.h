// A JSON schema's parts -> pieces of an automaton.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sampling/grammar/json_pieces.h"
#include "sampling/grammar/numbers.h"
#include "sampling/grammar/schema_value.h"

namespace samovar::sampling::grammar {

class SchemaCompiler {
 public:
  // Both are borrowed and must outlive the compiler.
  SchemaCompiler(Builder& builder, const Json& root) : builder_(builder), pieces_(builder), root_(root) {}

  // The documents of the root schema. Fails as compile_json_schema does.
  [[nodiscard]] Result<StateId> run();

 private:
  // A word on top of path_ for as long as it lives.
  class Place;

  Piece compile(const Json& schema);
  Piece compile_assertions(const Json& schema);
  static Json close_again(const Json& from, Json merged);
  Piece compile_reference(const Json& schema, const Json& reference);
  Piece compile_all_of(const Json& schema, const Json& parts);
  Piece compile_choices(const Json& schema, std::string_view keyword);
  Piece compile_values(const Json& schema, const std::vector<const Json*>& values);
  Piece compile_type(const Json& schema, std::string_view type);
  Piece compile_object(const Json& schema);
  Piece compile_array(const Json& schema);
  Piece compile_string(const Json& schema);
  Piece compile_number(const Json& schema, bool integer);

  struct Property {
    StateId rule = 0;  // '"key": value'
    bool required = false;
  };
  std::optional<std::vector<Property>> list_properties(const Json& schema, std::vector<std::string>& names);
  std::optional<StateId> make_other_property(const Json& schema, const std::vector<std::string>& names);
  Piece chain_properties(const std::vector<Property>& properties, std::optional<StateId> other,
                         int64_t most_others);
  StateId element_rule(const Json& schema, size_t index, size_t n_first);

  // The schema that a reference names; null after fail().
  const Json* resolve(const Json& reference);
  // As far as references go: what stands behind them, for looking at.
  const Json& behind_references(const Json& schema);
  bool check_keywords(const Json& schema);
  bool check_shapes(const Json& schema);
  int64_t read_limit(const Json& schema, std::string_view keyword, int64_t otherwise);
  std::optional<Limit> read_bound(const Json& schema, std::string_view keyword, std::string_view exclusive,
                                  bool low);
  // Keeps a schema that the compiler made itself.
  const Json& keep(Json schema);

  Piece fail(Code code, const std::string& what);
  Piece refuse(std::string_view keyword);
  [[nodiscard]] std::string place() const;

  Builder& builder_;
  JsonPieces pieces_;
  const Json& root_;
  std::vector<std::string> path_;
  std::optional<Error> error_;
  std::map<const Json*, StateId> rules_;       // of referenced schemas
  std::map<std::string, StateId> made_rules_;  // of merged ones, by their text
  std::deque<Json> made_;
  size_t n_compiled_ = 0;
  size_t n_kept_ = 0;  // values in made_
};

}  // namespace samovar::sampling::grammar
