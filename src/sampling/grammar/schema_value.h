// Schemas as values: reading members, comparing and making new ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/json.h"

namespace samovar::sampling::grammar {

using wire::Json;

// The member, or nullptr; also for what is no object.
[[nodiscard]] const Json* find_member(const Json& schema, std::string_view name);
[[nodiscard]] bool is_true(const Json* value);
[[nodiscard]] bool is_false(const Json* value);

// The value in one line, strings escaped only where JSON needs it: equal values of equal member order give
// equal texts.
[[nodiscard]] std::string write_json(const Json& value);

[[nodiscard]] Json make_bool(bool value);
[[nodiscard]] Json make_object();
[[nodiscard]] Json make_array(std::vector<Json> items);
[[nodiscard]] Json make_text(std::string text);
// Replaces the member or adds it at the end.
void set_member(Json& object, std::string_view name, Json value);
void drop_member(Json& object, std::string_view name);

// A whole number of 0 or more that fits; 1.0 counts as 1.
[[nodiscard]] std::optional<int64_t> read_count(const Json& value);

// Keywords that say nothing about which documents are valid.
[[nodiscard]] bool is_annotation(std::string_view keyword);

// "string", "integer", ... of "type" or of what stands under enum and const; all when nothing is said.
[[nodiscard]] std::vector<std::string> read_types(const Json& schema);
// As the compiler takes it: a schema without a type has that of its keywords.
[[nodiscard]] std::vector<std::string> infer_types(const Json& schema);
// The values of enum or const, in order; nothing where neither is given.
[[nodiscard]] std::optional<std::vector<const Json*>> list_values(const Json& schema);
[[nodiscard]] bool is_required(const Json& schema, std::string_view property);
[[nodiscard]] bool is_of_type(const Json& value, std::string_view type);

// Whether no document that is made for `made` can be valid for `other`; false when that is not certain.
[[nodiscard]] bool excludes(const Json& made, const Json& other, int depth = 0);

}  // namespace samovar::sampling::grammar
