#include "sampling/grammar/schema_compiler.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sampling/grammar/schema_merge.h"

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxDepth = 100;        // of the schema
constexpr size_t kMaxCompiled = 20'000;  // parts of schemas
constexpr size_t kMaxChoices = 200;
constexpr size_t kMaxKept = 300'000;  // values in merged schemas
constexpr int kMaxReferences = 50;    // from one to the next

// '~1' and '%20' of a JSON pointer in a reference.
std::string decode_pointer_part(std::string_view part) {
  std::string plain;
  for (size_t i = 0; i < part.size(); ++i) {
    unsigned code = 0;
    if (part[i] == '%' && i + 2 < part.size() &&
        std::from_chars(part.data() + i + 1, part.data() + i + 3, code, 16).ptr == part.data() + i + 3) {
      plain += static_cast<char>(code);
      i += 2;
    } else {
      plain += part[i];
    }
  }
  std::string out;
  for (size_t i = 0; i < plain.size(); ++i) {
    const bool escaped =
        plain[i] == '~' && i + 1 < plain.size() && (plain[i + 1] == '0' || plain[i + 1] == '1');
    out += escaped ? (plain[++i] == '0' ? '~' : '/') : plain[i];
  }
  return out;
}

const Json* step_into(const Json& value, const std::string& part) {
  if (value.kind != Json::Kind::kArray) return find_member(value, part);
  size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  const bool fine = error == std::errc() && end == part.data() + part.size() && index < value.items.size();
  return fine ? &value.items[index] : nullptr;
}

Json without(const Json& schema, std::initializer_list<std::string_view> words) {
  Json out = schema;
  for (const std::string_view word : words) drop_member(out, word);
  return out;
}

size_t count_values(const Json& value) {
  size_t n = 1;
  for (const Json& item : value.items) n += count_values(item);
  return n;
}

bool has_assertions(const Json& schema) {
  return std::any_of(schema.items.begin(), schema.items.end(),
                     [](const Json& member) { return !is_annotation(member.key); });
}

}  // namespace

class SchemaCompiler::Place {
 public:
  Place(SchemaCompiler& compiler, std::string word) : compiler_(compiler) {
    compiler_.path_.push_back(std::move(word));
  }
  ~Place() { compiler_.path_.pop_back(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  SchemaCompiler& compiler_;
};

const Json& SchemaCompiler::keep(Json schema) {
  n_kept_ += count_values(schema);
  if (n_kept_ > kMaxKept) fail(Code::kInvalidArgument, "its combined parts are too large");
  return made_.emplace_back(std::move(schema));
}

Result<StateId> SchemaCompiler::run() {
  const StateId begin = builder_.add_state();
  rules_[&root_] = begin;
  const Piece body = compile(root_);
  builder_.add_empty(begin, builder_.make_rule(body));
  if (error_) return *error_;
  return begin;
}

std::string SchemaCompiler::place() const {
  std::string out = "#";
  // A reference begins anew.
  for (const std::string& word : path_) out = word.starts_with('#') ? word : out + "/" + word;
  return out;
}

Piece SchemaCompiler::fail(Code code, const std::string& what) {
  if (!error_) error_ = Error{code, what + " at " + place()};
  return pieces_.nothing();
}

Piece SchemaCompiler::refuse(std::string_view keyword) {
  return fail(Code::kUnsupported, "'" + std::string(keyword) + "' is not supported");
}

bool SchemaCompiler::check_keywords(const Json& schema) {
  constexpr auto kRefused = std::to_array<std::string_view>(
      {"not", "if", "patternProperties", "propertyNames", "dependencies", "dependentRequired",
       "dependentSchemas", "contains", "unevaluatedItems", "$dynamicRef", "$recursiveRef"});
  for (const std::string_view word : kRefused) {
    if (find_member(schema, word) != nullptr) refuse(word);
  }
  const Json* unique = find_member(schema, "uniqueItems");
  const Json* most = find_member(schema, "maxItems");
  if (is_true(unique) && (most == nullptr || read_count(*most).value_or(2) > 1)) refuse("uniqueItems");
  // Properties that no schema names are written only where additionalProperties asks for them.
  const Json* unevaluated = find_member(schema, "unevaluatedProperties");
  const Json* additional = find_member(schema, "additionalProperties");
  const bool open = additional != nullptr && !is_false(additional);
  if (unevaluated != nullptr && !is_true(unevaluated) && (open || !is_false(unevaluated)))
    refuse("unevaluatedProperties");
  return !error_;
}

// The kinds of values that keywords take, so that what follows may rely on them.
bool SchemaCompiler::check_shapes(const Json& schema) {
  struct Shape {
    std::string_view keyword;
    Json::Kind kind;
    std::string_view words;
  };
  constexpr auto kShapes = std::to_array<Shape>({{"properties", Json::Kind::kObject, "an object"},
                                                 {"required", Json::Kind::kArray, "an array of strings"},
                                                 {"enum", Json::Kind::kArray, "an array"},
                                                 {"allOf", Json::Kind::kArray, "an array"},
                                                 {"anyOf", Json::Kind::kArray, "an array"},
                                                 {"oneOf", Json::Kind::kArray, "an array"},
                                                 {"prefixItems", Json::Kind::kArray, "an array"},
                                                 {"pattern", Json::Kind::kString, "a string"},
                                                 {"format", Json::Kind::kString, "a string"},
                                                 {"$ref", Json::Kind::kString, "a string"}});
  for (const Shape& shape : kShapes) {
    const Json* value = find_member(schema, shape.keyword);
    bool fine = value == nullptr || value->kind == shape.kind;
    if (fine && value != nullptr && shape.keyword == "required") {
      fine = std::all_of(value->items.begin(), value->items.end(),
                         [](const Json& name) { return name.kind == Json::Kind::kString; });
    }
    if (!fine)
      fail(Code::kInvalidArgument,
           "'" + std::string(shape.keyword) + "' must be " + std::string(shape.words));
  }
  if (const Json* type = find_member(schema, "type")) {
    const bool list = type->kind == Json::Kind::kArray &&
                      std::all_of(type->items.begin(), type->items.end(),
                                  [](const Json& item) { return item.kind == Json::Kind::kString; });
    if (!list && type->kind != Json::Kind::kString)
      fail(Code::kInvalidArgument, "'type' must be a string or an array of strings");
  }
  return !error_;
}

// What unevaluatedProperties says of a schema is about all of its parts put together: it is taken off before
// they are, and becomes additionalProperties in the end.
Json SchemaCompiler::close_again(const Json& from, Json merged) {
  if (const Json* closed = find_member(from, "unevaluatedProperties");
      closed != nullptr && !is_true(closed)) {
    set_member(merged, "unevaluatedProperties", *closed);
  }
  return merged;
}

Piece SchemaCompiler::compile(const Json& schema) {
  if (error_ || builder_.overflowed()) return pieces_.nothing();
  if (++n_compiled_ > kMaxCompiled)
    return fail(Code::kInvalidArgument, "the schema has too many parts: more than 20000");
  if (path_.size() > kMaxDepth) return fail(Code::kInvalidArgument, "the schema is nested too deeply");
  if (schema.kind == Json::Kind::kBool) return schema.boolean ? pieces_.value() : pieces_.nothing();
  if (schema.kind != Json::Kind::kObject)
    return fail(Code::kInvalidArgument, "a schema must be an object or a boolean");
  if (!check_keywords(schema) || !check_shapes(schema)) return pieces_.nothing();
  if (const Json* reference = find_member(schema, "$ref")) return compile_reference(schema, *reference);
  if (const Json* parts = find_member(schema, "allOf")) return compile_all_of(schema, *parts);
  for (const std::string_view keyword : {"oneOf", "anyOf"}) {
    if (find_member(schema, keyword) != nullptr) return compile_choices(schema, keyword);
  }
  if (is_false(find_member(schema, "unevaluatedProperties"))) {
    Json closed = without(schema, {"unevaluatedProperties"});
    if (find_member(schema, "additionalProperties") == nullptr) {
      set_member(closed, "additionalProperties", make_bool(false));
    }
    return compile_assertions(keep(std::move(closed)));
  }
  return compile_assertions(schema);
}

const Json* SchemaCompiler::resolve(const Json& reference) {
  const std::string_view text = reference.text;
  if (!text.starts_with('#')) {
    fail(Code::kUnsupported, "'$ref' to '" + reference.text + "' is not supported: it must begin with '#'");
    return nullptr;
  }
  const Json* at = &root_;
  for (size_t begin = 1; at != nullptr && begin < text.size();) {
    if (text[begin] != '/') {
      at = nullptr;
      break;
    }
    const size_t end = std::min(text.find('/', begin + 1), text.size());
    at = step_into(*at, decode_pointer_part(text.substr(begin + 1, end - begin - 1)));
    begin = end;
  }
  if (at == nullptr)
    fail(Code::kInvalidArgument, "'$ref' to '" + reference.text + "', which does not exist,");
  return at;
}

const Json& SchemaCompiler::behind_references(const Json& schema) {
  const Json* at = &schema;
  for (int i = 0; i < kMaxReferences && !error_; ++i) {
    const Json* reference = find_member(*at, "$ref");
    if (reference == nullptr || reference->kind != Json::Kind::kString) break;
    const Json* target = resolve(*reference);
    if (target == nullptr) break;
    at = target;
  }
  return *at;
}

Piece SchemaCompiler::compile_reference(const Json& schema, const Json& reference) {
  const Json* target = resolve(reference);
  if (target == nullptr) return pieces_.nothing();
  const Json others = without(schema, {"$ref", "unevaluatedProperties"});
  if (has_assertions(without(schema, {"$ref"}))) {
    Json all = make_object();
    set_member(all, "allOf", make_array({others, *target}));
    return compile(keep(close_again(schema, std::move(all))));
  }
  const auto [found, is_new] = rules_.try_emplace(target, 0);
  if (is_new) {
    const StateId begin = builder_.add_state();
    found->second = begin;
    const Place here(*this, reference.text);
    const Piece body = compile(*target);
    builder_.add_empty(begin, builder_.make_rule(body));
    return builder_.call(begin);
  }
  return builder_.call(found->second);
}

// Merged into one schema and compiled as a rule of its own: it may lead back to itself.
Piece SchemaCompiler::compile_all_of(const Json& schema, const Json& parts) {
  const Place here(*this, "allOf");
  Json all = without(schema, {"allOf", "unevaluatedProperties"});
  for (const Json& part : parts.items) {
    const Json* plain = &part;
    if (const Json* reference = find_member(part, "$ref");
        reference != nullptr && !has_assertions(without(part, {"$ref"}))) {
      plain = &behind_references(part);
    }
    if (error_) return pieces_.nothing();
    auto merged = merge_schemas(all, *plain);
    if (!merged) return fail(merged.error().code, merged.error().message);
    all = std::move(*merged);
  }
  all = close_again(schema, std::move(all));
  const std::string text = write_json(all);
  const auto [found, is_new] = made_rules_.try_emplace(text, 0);
  if (!is_new) return builder_.call(found->second);
  const StateId begin = builder_.add_state();
  found->second = begin;
  const Piece body = compile(keep(std::move(all)));
  builder_.add_empty(begin, builder_.make_rule(body));
  return builder_.call(begin);
}

Piece SchemaCompiler::compile_choices(const Json& schema, std::string_view keyword) {
  const Json& choices = *find_member(schema, keyword);
  const Json base = without(schema, {keyword, "unevaluatedProperties"});
  const bool has_base = has_assertions(without(schema, {keyword}));
  const Place here(*this, std::string(keyword));
  if (choices.items.empty()) return fail(Code::kInvalidArgument, "no alternatives are given");
  if (choices.items.size() > kMaxChoices)
    return fail(Code::kInvalidArgument, "there are more than 200 alternatives");
  if (keyword == "oneOf") {
    for (size_t i = 0; i < choices.items.size(); ++i) {
      for (size_t j = 0; j < choices.items.size(); ++j) {
        if (i == j || excludes(behind_references(choices.items[i]), behind_references(choices.items[j])))
          continue;
        if (excludes(behind_references(choices.items[j]), behind_references(choices.items[i]))) continue;
        return fail(Code::kUnsupported, "alternatives " + std::to_string(std::min(i, j)) + " and " +
                                            std::to_string(std::max(i, j)) +
                                            " could both match; use 'anyOf'");
      }
    }
  }
  std::vector<Piece> out;
  for (size_t i = 0; i < choices.items.size(); ++i) {
    const Place at(*this, std::to_string(i));
    if (!has_base) {
      out.push_back(compile(choices.items[i]));
      continue;
    }
    Json both = make_object();
    set_member(both, "allOf", make_array({base, choices.items[i]}));
    out.push_back(compile(keep(close_again(schema, std::move(both)))));
  }
  return builder_.any_of(out);
}

Piece SchemaCompiler::compile_assertions(const Json& schema) {
  if (const auto values = list_values(schema)) return compile_values(schema, *values);
  std::vector<Piece> out;
  for (const std::string& type : infer_types(schema)) out.push_back(compile_type(schema, type));
  // An integer is a number already.
  return out.empty() ? pieces_.nothing() : builder_.any_of(out);
}

Piece SchemaCompiler::compile_values(const Json& schema, const std::vector<const Json*>& values) {
  for (const Json& member : schema.items) {
    const bool known = member.key == "enum" || member.key == "const" || member.key == "type";
    if (!known && !is_annotation(member.key)) return refuse(member.key + "' beside 'enum' or 'const");
  }
  std::vector<Piece> out;
  const std::vector<std::string> types = read_types(schema);
  for (const Json* value : values) {
    const bool fits = std::any_of(types.begin(), types.end(),
                                  [&](const std::string& type) { return is_of_type(*value, type); });
    if (fits) out.push_back(builder_.literal(write_json(*value)));
  }
  return out.empty() ? pieces_.nothing() : builder_.any_of(out);
}

Piece SchemaCompiler::compile_type(const Json& schema, std::string_view type) {
  if (type == "null" || type == "boolean") {
    return type == "null" ? builder_.literal("null")
                          : builder_.any_of({builder_.literal("true"), builder_.literal("false")});
  }
  if (type == "object") return compile_object(schema);
  if (type == "array") return compile_array(schema);
  if (type == "string") return compile_string(schema);
  if (type == "integer" || type == "number") return compile_number(schema, type == "integer");
  return fail(Code::kInvalidArgument, "the type '" + std::string(type) + "' is unknown");
}

}  // namespace samovar::sampling::grammar
