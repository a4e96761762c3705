// Objects, arrays, strings and numbers of a schema.
#include <algorithm>
#include <array>

#include "sampling/grammar/regex.h"
#include "sampling/grammar/schema_compiler.h"

namespace samovar::sampling::grammar {
namespace {

constexpr size_t kMaxProperties = 5000;

struct Format {
  std::string_view name;
  std::string_view pattern;  // of the whole text
};

#define SAMOVAR_LEAP_YEAR "(?:[1-9]\\d(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)"
#define SAMOVAR_DATE                                                                                         \
  "(?:[1-9]\\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:" \
  "0[1-9]|1\\d|2[0-8]))|" SAMOVAR_LEAP_YEAR "-02-29)"
#define SAMOVAR_TIME \
  "(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d))"
#define SAMOVAR_COUNT "\\d{1,6}"
#define SAMOVAR_DAYS                                                                                        \
  "(?:" SAMOVAR_COUNT "Y(?:" SAMOVAR_COUNT "M(?:" SAMOVAR_COUNT "D)?)?|" SAMOVAR_COUNT "M(?:" SAMOVAR_COUNT \
  "D)?|" SAMOVAR_COUNT "D)"
#define SAMOVAR_HOURS                                                                                        \
  "T(?:" SAMOVAR_COUNT "H(?:" SAMOVAR_COUNT "M(?:" SAMOVAR_COUNT "S)?)?|" SAMOVAR_COUNT "M(?:" SAMOVAR_COUNT \
  "S)?|" SAMOVAR_COUNT "S)"
// No "--" as third and fourth character: those labels ("xn--...") spell other characters, by rules of their
// own.
#define SAMOVAR_LABEL                                                                                   \
  "(?:[a-z0-9]|[a-z0-9]{2}|[a-z0-9][a-z0-9-][a-z0-9]|[a-z0-9][a-z0-9-]{2}[a-z0-9]|[a-z0-9][a-z0-9-](?:" \
  "[a-z0-9][a-z0-9-]|-[a-z0-9])[a-z0-9-]{0,28}[a-z0-9])"
#define SAMOVAR_BYTE "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
#define SAMOVAR_ADDRESS SAMOVAR_BYTE "(?:\\." SAMOVAR_BYTE "){3}"
#define SAMOVAR_WORD "[0-9A-Fa-f]{1,4}"
#define SAMOVAR_LOCAL_PART "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}"
#define SAMOVAR_URI_LETTER "(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"

constexpr auto kFormats = std::to_array<Format>({
    {"date", SAMOVAR_DATE},
    {"time", SAMOVAR_TIME},
    {"date-time", SAMOVAR_DATE "T" SAMOVAR_TIME},
    {"duration", "P(?:" SAMOVAR_COUNT "W|" SAMOVAR_DAYS "(?:" SAMOVAR_HOURS ")?|" SAMOVAR_HOURS ")"},
    {"uuid", "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"},
    {"email", SAMOVAR_LOCAL_PART "(?:\\." SAMOVAR_LOCAL_PART "){0,2}@" SAMOVAR_LABEL "(?:\\." SAMOVAR_LABEL
                                 "){0,2}\\.[a-z]{2,10}"},
    {"hostname", SAMOVAR_LABEL "(?:\\." SAMOVAR_LABEL "){0,4}"},
    {"ipv4", SAMOVAR_ADDRESS},
    {"ipv6", SAMOVAR_WORD
     "(?::" SAMOVAR_WORD "){7}|(?:" SAMOVAR_WORD ":){1,7}:|(?:" SAMOVAR_WORD ":){1,6}:" SAMOVAR_WORD
     "|(?:" SAMOVAR_WORD ":){1,5}(?::" SAMOVAR_WORD "){2}|(?:" SAMOVAR_WORD ":){1,4}(?::" SAMOVAR_WORD
     "){3}|(?:" SAMOVAR_WORD ":){1,3}(?::" SAMOVAR_WORD "){4}|(?:" SAMOVAR_WORD ":){1,2}(?::" SAMOVAR_WORD
     "){5}|" SAMOVAR_WORD ":(?::" SAMOVAR_WORD "){6}|:(?::" SAMOVAR_WORD "){1,7}|::|(?:" SAMOVAR_WORD
     ":){6}" SAMOVAR_ADDRESS "|::(?:[fF]{4}:)?" SAMOVAR_ADDRESS},
    {"uri",
     "https?://" SAMOVAR_LABEL "(?:\\." SAMOVAR_LABEL "){0,4}(?::[1-9]\\d{0,3})?(?:/" SAMOVAR_URI_LETTER
     "{0,200})?(?:\\?" SAMOVAR_URI_LETTER "{0,100})?(?:#" SAMOVAR_URI_LETTER "{0,100})?"},
});
#undef SAMOVAR_LEAP_YEAR
#undef SAMOVAR_DATE
#undef SAMOVAR_TIME
#undef SAMOVAR_COUNT
#undef SAMOVAR_DAYS
#undef SAMOVAR_HOURS
#undef SAMOVAR_LABEL
#undef SAMOVAR_BYTE
#undef SAMOVAR_ADDRESS
#undef SAMOVAR_WORD
#undef SAMOVAR_LOCAL_PART
#undef SAMOVAR_URI_LETTER

// Formats of JSON Schema that could not be kept. Any other name is a note for people.
constexpr auto kUnkeptFormats =
    std::to_array<std::string_view>({"idn-email", "idn-hostname", "uri-reference", "iri", "iri-reference",
                                     "uri-template", "json-pointer", "relative-json-pointer", "regex"});

}  // namespace

int64_t SchemaCompiler::read_limit(const Json& schema, std::string_view keyword, int64_t otherwise) {
  const Json* value = find_member(schema, keyword);
  if (value == nullptr) return otherwise;
  const auto count = read_count(*value);
  if (!count)
    fail(Code::kInvalidArgument, "'" + std::string(keyword) + "' must be a whole number of 0 or more");
  return count.value_or(otherwise);
}

std::optional<std::vector<SchemaCompiler::Property>> SchemaCompiler::list_properties(
    const Json& schema, std::vector<std::string>& names) {
  std::vector<Property> out;
  const Json* properties = find_member(schema, "properties");
  const Json* required = find_member(schema, "required");
  const Json* additional = find_member(schema, "additionalProperties");
  const size_t n = (properties == nullptr ? 0 : properties->items.size()) +
                   (required == nullptr ? 0 : required->items.size());
  if (n > kMaxProperties) {
    fail(Code::kInvalidArgument, "there are more than 5000 properties");
    return std::nullopt;
  }
  const auto add = [&](const std::string& name, const Json& value) {
    names.push_back(name);
    const bool needed = is_required(schema, name);
    if (is_false(&value) && !needed) return;
    const Piece key = pieces_.key(name);
    path_.push_back(name);
    out.push_back({builder_.make_rule(builder_.sequence(key, compile(value))), needed});
    path_.pop_back();
  };
  path_.emplace_back("properties");
  if (properties != nullptr) {
    for (const Json& property : properties->items) {
      // Of two members with the same name the last one counts.
      if (&property == find_member(*properties, property.key)) add(property.key, property);
    }
  }
  path_.pop_back();
  // What is required but not described may be anything that additional properties may be.
  const Json anything = make_bool(true);
  for (size_t i = 0; required != nullptr && i < required->items.size(); ++i) {
    const std::string& name = required->items[i].text;
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (!known) add(name, additional == nullptr ? anything : *additional);
  }
  if (error_) return std::nullopt;
  return out;
}

std::optional<StateId> SchemaCompiler::make_other_property(const Json& schema,
                                                           const std::vector<std::string>& names) {
  const Json* additional = find_member(schema, "additionalProperties");
  if (additional == nullptr ? find_member(schema, "properties") != nullptr : is_false(additional))
    return std::nullopt;
  const Piece colon = builder_.sequence(builder_.literal(":"), pieces_.space());
  path_.emplace_back("additionalProperties");
  const Piece value = additional == nullptr ? pieces_.value() : compile(*additional);
  path_.pop_back();
  const Piece key = names.empty() ? pieces_.string() : pieces_.other_key(names);
  return builder_.make_rule(builder_.sequence(key, builder_.sequence(colon, value)));
}

// Two rows of states, before the first property that is written and behind it, where a comma comes first.
Piece SchemaCompiler::chain_properties(const std::vector<Property>& properties, std::optional<StateId> other,
                                       int64_t most_others) {
  const StateId begin = builder_.add_state();
  const StateId end = builder_.add_state();
  StateId none = begin;
  StateId some = builder_.add_state();
  const auto add = [&](StateId rule, StateId to) {
    builder_.add_call(none, rule, to);
    const Piece comma = pieces_.comma();
    builder_.add_empty(some, comma.begin);
    builder_.add_call(comma.end, rule, to);
  };
  for (const Property& property : properties) {
    const StateId next_none = builder_.add_state();
    const StateId next_some = builder_.add_state();
    add(property.rule, next_some);
    if (!property.required) {
      builder_.add_empty(none, next_none);
      builder_.add_empty(some, next_some);
    }
    none = next_none;
    some = next_some;
  }
  if (other && most_others < 0) add(*other, some);
  for (int64_t i = 0; other && i < most_others && !builder_.overflowed(); ++i) {
    const StateId next = builder_.add_state();
    add(*other, next);
    builder_.add_empty(none, end);
    builder_.add_empty(some, end);
    none = builder_.add_state();  // leads nowhere: something was written
    some = next;
  }
  builder_.add_empty(none, end);
  builder_.add_empty(some, end);
  return {begin, end};
}

Piece SchemaCompiler::compile_object(const Json& schema) {
  const bool plain = find_member(schema, "properties") == nullptr &&
                     find_member(schema, "required") == nullptr &&
                     find_member(schema, "additionalProperties") == nullptr;
  const int64_t least = read_limit(schema, "minProperties", 0);
  const int64_t most = read_limit(schema, "maxProperties", -1);
  if (plain && least == 0 && most < 0) return pieces_.object();
  std::vector<std::string> names;
  const auto properties = list_properties(schema, names);
  if (!properties) return pieces_.nothing();
  const auto n = static_cast<int64_t>(properties->size());
  const int64_t n_required =
      std::count_if(properties->begin(), properties->end(), [](const Property& p) { return p.required; });
  // Keys of additional properties could be written twice, which would count once.
  if (least > n_required) return refuse("minProperties");
  if (most >= 0 && most < n) return refuse("maxProperties");
  const auto other = make_other_property(schema, names);
  if (error_) return pieces_.nothing();
  const Piece inner = chain_properties(*properties, other, most < 0 ? -1 : most - n);
  const Piece closing = builder_.sequence(pieces_.space(), builder_.literal("}"));
  return builder_.sequence(builder_.literal("{"),
                           builder_.sequence(pieces_.space(), builder_.sequence(inner, closing)));
}

StateId SchemaCompiler::element_rule(const Json& schema, size_t index, size_t n_first) {
  const Json* first = find_member(schema, "prefixItems");
  const Json* items = find_member(schema, "items");
  const Json* rest = items;
  if (items != nullptr && items->kind == Json::Kind::kArray) {  // drafts up to 2019
    first = items;
    rest = find_member(schema, "additionalItems");
  }
  const Json anything = make_bool(true);
  const Json* element = index < n_first ? &first->items[index] : rest == nullptr ? &anything : rest;
  path_.push_back(index < n_first ? std::to_string(index) : "items");
  const Piece piece = compile(*element);
  path_.pop_back();
  return builder_.make_rule(piece);
}

Piece SchemaCompiler::compile_array(const Json& schema) {
  const Json* items = find_member(schema, "items");
  const Json* first =
      items != nullptr && items->kind == Json::Kind::kArray ? items : find_member(schema, "prefixItems");
  const auto n_first = first == nullptr ? 0 : static_cast<int64_t>(first->items.size());
  const int64_t least = read_limit(schema, "minItems", 0);
  const int64_t most = read_limit(schema, "maxItems", -1);
  const StateId rest = element_rule(schema, static_cast<size_t>(n_first), static_cast<size_t>(n_first));
  const StateId end = builder_.add_state();
  const Piece out = builder_.sequence(builder_.literal("["), pieces_.space());
  StateId at = out.end;
  for (int64_t i = 0; !error_ && !builder_.overflowed(); ++i) {
    if (i >= least) builder_.add_empty(at, end);
    if (most >= 0 && i >= most) break;
    StateId item = at;
    if (i > 0) {
      const Piece comma = pieces_.comma();
      builder_.add_empty(at, comma.begin);
      item = comma.end;
    }
    // From here on all are alike.
    const bool loops = most < 0 && i > 0 && i >= n_first && i >= least;
    const StateId next = loops ? at : builder_.add_state();
    const StateId rule =
        i < n_first ? element_rule(schema, static_cast<size_t>(i), static_cast<size_t>(n_first)) : rest;
    builder_.add_call(item, rule, next);
    if (loops) break;
    at = next;
  }
  const Piece closing = builder_.sequence(pieces_.space(), builder_.literal("]"));
  builder_.add_empty(end, closing.begin);
  return {out.begin, closing.end};
}

Piece SchemaCompiler::compile_string(const Json& schema) {
  PatternOptions options;
  options.spelling = Spelling::kJsonString;
  options.min_length = read_limit(schema, "minLength", 0);
  options.max_length = read_limit(schema, "maxLength", -1);
  const Json* pattern = find_member(schema, "pattern");
  const Json* format = find_member(schema, "format");
  std::string_view text;
  if (pattern != nullptr) {
    text = pattern->text;
    options.searches = true;
  }
  if (format != nullptr) {
    const auto known = std::find_if(kFormats.begin(), kFormats.end(),
                                    [&](const Format& f) { return f.name == format->text; });
    const bool unkept =
        std::find(kUnkeptFormats.begin(), kUnkeptFormats.end(), format->text) != kUnkeptFormats.end();
    if (unkept) return refuse("format': '" + format->text);
    if (known != kFormats.end()) {
      if (pattern != nullptr) return refuse("pattern' beside 'format");
      text = known->pattern;
    }
  }
  if (text.data() == nullptr) {
    if (options.min_length == 0 && options.max_length < 0) return pieces_.string();
    return pieces_.string_of_length(options.min_length, options.max_length);
  }
  auto inner = add_pattern(builder_, text, options);
  if (!inner) return fail(inner.error().code, "'pattern': " + inner.error().message);
  const Piece quote = builder_.literal("\"");
  return builder_.sequence(quote, builder_.sequence(*inner, builder_.literal("\"")));
}

std::optional<Limit> SchemaCompiler::read_bound(const Json& schema, std::string_view keyword,
                                                std::string_view exclusive, bool low) {
  const Json* closed = find_member(schema, keyword);
  const Json* open = find_member(schema, exclusive);
  std::optional<Limit> out;
  const auto take = [&](const Json* value, bool is_open) {
    if (value == nullptr) return;
    const auto limit = value->kind == Json::Kind::kNumber ? Limit::parse(value->raw, is_open) : std::nullopt;
    if (!limit) {
      fail(Code::kInvalidArgument,
           "'" + std::string(is_open ? exclusive : keyword) + "' must be a number of at most 300 digits");
      return;
    }
    const int order = out ? compare(*limit, *out) : 0;
    if (!out || (low ? order > 0 : order < 0) || (order == 0 && is_open)) out = limit;
  };
  // Draft 4: a flag beside the limit.
  const bool flagged = open != nullptr && open->kind == Json::Kind::kBool;
  take(closed, flagged && open->boolean);
  if (!flagged) take(open, true);
  return out;
}

Piece SchemaCompiler::compile_number(const Json& schema, bool integer) {
  NumberRange range;
  range.integer = integer;
  if (const Json* step = find_member(schema, "multipleOf")) {
    const auto whole = read_count(*step);
    if (whole != 1) return refuse("multipleOf");
    range.integer = true;
  }
  range.low = read_bound(schema, "minimum", "exclusiveMinimum", true);
  range.high = read_bound(schema, "maximum", "exclusiveMaximum", false);
  if (error_) return pieces_.nothing();
  return add_number(builder_, range);
}

}  // namespace samovar::sampling::grammar
