#include "sampling/grammar/json_schema.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "sampling/grammar/matcher.h"
#include "wire/json.h"

namespace samovar::sampling::grammar {
namespace {

bool accepts(const Automaton& automaton, std::string_view text) {
  Matcher matcher(std::make_shared<Automaton>(automaton));
  Config at = matcher.start();
  for (const char c : text) at = matcher.step(at, static_cast<uint8_t>(c));
  return matcher.complete(at);
}

struct SchemaCase {
  const char* schema;
  std::vector<const char*> valid;
  std::vector<const char*> invalid;
};

const std::vector<SchemaCase> kSchemaCases = {
    {R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"]})",
     {R"({"a":1})", R"({"a": -20,"b":"x\n\u00e9é"})", "{\n  \"a\": 0\n}"},
     {"{}", R"({"b":"x"})", R"({"a":1.5})", R"({"a":1,"c":2})", R"({"a":01})", R"({"a":1,})", R"({"a":1}x)"}},
    {R"({"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"boolean"}})",
     {"{}", R"({"a":1,"b":true})", R"({"ab":true})", R"({"":false})", R"({"é":true})"},
     {R"({"a":true})", R"({"b":1})", R"({"b":true,"a":1})"}},
    {R"({"type":"object"})", {"{}", R"({"a":[{"b":null}]})"}, {"[]", R"({"a":})", "1"}},
    {R"({"type":"object","required":["x"],"additionalProperties":{"type":"null"}})",
     {R"({"x":null})"},
     {"{}", R"({"x":1})"}},
    {R"({"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3})",
     {"[1,2]", "[1, 2, 3]"},
     {"[]", "[1]", "[1,2,3,4]", "[1,\"a\"]"}},
    {R"({"type":"array","prefixItems":[{"type":"string"},{"type":"null"}],"items":false})",
     {"[]", "[\"a\"]", "[\"a\",null]"},
     {"[null]", "[\"a\",null,1]"}},
    {R"({"type":"array","items":[{"type":"null"}],"additionalItems":{"type":"boolean"}})",
     {"[null,true,false]", "[]"},
     {"[true]", "[null,null]"}},
    {R"({"enum":["a",1,null,{"k":[true]}]})",
     {R"("a")", "1", "null", R"({"k":[true]})"},
     {R"("b")", "2", "11"}},
    {R"({"const":"<b>\n"})", {R"("<b>\n")"}, {R"("<b>")"}},
    {R"({"type":["string","null"],"maxLength":2})",
     {"null", R"("ab")", R"("éé")", R"("\ud83d\ude00b")"},
     {R"("abc")", R"("\ud83d")"}},
    {R"({"anyOf":[{"type":"integer"},{"type":"boolean"}]})", {"3", "true"}, {"null", "\"3\""}},
    {R"({"oneOf":[{"type":"object","properties":{"t":{"const":"a"}},"required":["t"]},
                    {"type":"object","properties":{"t":{"const":"b"},"n":{"type":"integer"}},"required":["t"]}]})",
     {R"({"t":"a"})", R"({"t":"b","n":1})"},
     {R"({"t":"a","n":1})", "{}"}},
    {R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},
                    {"properties":{"b":{"type":"null"},"a":{"minimum":3}},"required":["b"]}]})",
     {R"({"a":3,"b":null})"},
     {R"({"a":2,"b":null})", R"({"a":3})"}},
    {R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{
            "v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["v","next"]}}})",
     {R"({"v":1,"next":null})", R"({"v":1,"next":{"v":2,"next":{"v":3,"next":null}}})"},
     {R"({"v":1})", R"({"v":1,"next":{"v":2}})"}},
    {R"({"type":"object","properties":{"a":{"$ref":"#/definitions/x","maximum":5}},"required":["a"],
           "definitions":{"x":{"type":"integer","minimum":3}}})",
     {R"({"a":3})", R"({"a":5})"},
     {R"({"a":2})", R"({"a":6})"}},
    {R"({"type":"integer","minimum":-5,"maximum":123})",
     {"-5", "-1", "0", "9", "99", "100", "123"},
     {"-6", "124", "1000", "-0", "00", "1.0", "200"}},
    {R"({"type":"integer","exclusiveMinimum":0})", {"1", "10", "1234567890"}, {"0", "-1"}},
    {R"({"type":"number","minimum":0.5,"exclusiveMaximum":2})",
     {"0.5", "0.51", "1", "1.0", "1.999"},
     {"0.49", "0", "2", "2.0", "-1", "0.4999"}},
    {R"({"type":"number","maximum":-1.5})", {"-1.5", "-1.50", "-2", "-100.25"}, {"-1", "-1.4", "0", "3"}},
    {R"({"type":"number"})", {"0", "-1.5e+10", "1E5", "123.456"}, {"01", ".5", "1.", "+1", "1e"}},
    {R"({"type":"number","multipleOf":1})", {"5"}, {"5.5"}},
    {R"({"type":"string","pattern":"^[a-c]{2,3}\\d+$"})",
     {R"("ab1")", R"("abc123")"},
     {R"("a1")", R"("abcd1")", R"("ab")"}},
    {R"({"type":"string","pattern":"b"})", {R"("b")", R"("abc")"}, {R"("ac")", R"("")"}},
    {R"({"type":"string","pattern":"^\"\\\\$"})", {R"("\"\\")"}, {R"(""\")"}},
    {R"({"type":"string","pattern":"^a*$","minLength":2,"maxLength":3})",
     {R"("aa")", R"("aaa")"},
     {R"("a")", R"("aaaa")"}},
    {R"x({"type":"string","pattern":"^(foo|ba[rz])$"})x", {R"("foo")", R"("baz")"}, {R"("bar ")"}},
    {R"({"type":"string","format":"date"})",
     {R"("2024-02-28")", R"("2024-12-31")"},
     {R"("2024-02-30")", R"("2024-13-01")"}},
    {R"({"type":"string","format":"date-time"})",
     {R"("2024-01-01T23:59:59Z")", R"("2024-01-01T00:00:00.5+02:00")"},
     {R"("2024-01-01")"}},
    {R"({"type":"string","format":"uuid"})",
     {R"("123e4567-e89b-12d3-a456-426614174000")"},
     {R"("123e4567")"}},
    {R"({"type":"string","format":"email"})", {R"("ada.l@example.org")"}, {R"("ada")", R"("@x.org")"}},
    {R"({"properties":{"a":false,"b":{"type":"null"}}})", {"{}", R"({"b":null})"}, {R"({"a":1})"}},
    {R"(true)", {"1", "[]", "{}", "\"\""}, {"", "[", "tru"}},
    {R"({"title":"x","unknown-word":1,"type":"null"})", {"null"}, {"1"}},
};

TEST(JsonSchema, LetsThroughWhatIsValid) {
  for (const SchemaCase& one : kSchemaCases) {
    const auto automaton = compile_json_schema(one.schema);
    ASSERT_TRUE(automaton) << one.schema << ": " << automaton.error().message;
    for (const char* text : one.valid) EXPECT_TRUE(accepts(*automaton, text)) << one.schema << "\n  " << text;
    for (const char* text : one.invalid)
      EXPECT_FALSE(accepts(*automaton, text)) << one.schema << "\n  " << text;
  }
}

TEST(JsonSchema, RefusesByNameAndPlace) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {R"({"type":"object","properties":{"a":{"not":{}}}})",
       "format: 'not' is not supported at #/properties/a"},
      {R"({"type":"array","items":{},"uniqueItems":true})", "format: 'uniqueItems' is not supported at #"},
      {R"({"type":"strange"})", "format: the type 'strange' is unknown at #"},
      {R"({"$ref":"#/nowhere"})", "format: '$ref' to '#/nowhere', which does not exist, at #"},
      {R"({"$ref":"http://x/y"})",
       "format: '$ref' to 'http://x/y' is not supported: it must begin with '#' at #"},
      {R"x({"type":"string","pattern":"(?=a)"})x",
       "format: 'pattern': look-ahead and flags are not supported in patterns: at byte 2 at #"},
      {R"({"type":"string","pattern":"(a"})", "format: 'pattern': a '(' without its ')' at byte 2 at #"},
      {R"({"type":"string","minLength":-1})", "format: 'minLength' must be a whole number of 0 or more at #"},
      {R"({"type":"string","format":"json-pointer"})",
       "format: 'format': 'json-pointer' is not supported at #"},
      {R"({"oneOf":[{"type":"integer"},{"type":"number"}]})",
       "format: alternatives 0 and 1 could both match; use 'anyOf' at #/oneOf"},
      {R"({"type":"integer","minimum":5,"maximum":3})", "format: nothing can satisfy it"},
      {R"({"type":"integer","multipleOf":3})", "format: 'multipleOf' is not supported at #"},
      {R"({"$ref":"#"})", "format: nothing can satisfy it"},
      {R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})",
       "format: it refers to itself without anything in between"},
      {R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})",
       "format: nothing can satisfy it"},
      {R"({"properties":[]})", "format: 'properties' must be an object at #"},
      {R"(5)", "format: a schema must be an object or a boolean at #"},
      {R"({"type":)", "format: unexpected EOF"},
  };
  for (const auto& [schema, message] : cases) {
    const auto automaton = compile_json_schema(schema);
    ASSERT_FALSE(automaton) << schema;
    EXPECT_EQ(automaton.error().message, message) << schema;
  }
}

TEST(JsonSchema, WhatExplodesIsRefusedSoon) {
  std::string deep = "{}";
  for (int i = 0; i < 150; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  std::string wide = R"({"type":"object","properties":{)";
  for (int i = 0; i < 6000; ++i) wide += (i > 0 ? ",\"p" : "\"p") + std::to_string(i) + "\":{}";
  wide += "}}";
  std::string doubling = R"({"$ref":"#/$defs/a0","$defs":{)";
  for (int i = 0; i < 20; ++i) {
    const std::string next =
        R"({"$ref":"#/$defs/a)" + std::to_string(i + 1) + R"(","minLength":)" + std::to_string(i) + "}";
    doubling +=
        "\"a" + std::to_string(i) + R"(":{"type":"array","prefixItems":[)" + next + "," + next + "]},";
  }
  doubling += R"("a20":{}}})";
  const std::vector<std::string> cases = {
      deep,
      wide,
      R"({"type":"string","pattern":"((a{100}){100}){100}"})",
      R"({"type":"string","pattern":"((((){100000}){100000}){100000}){100000}b{100001}"})",
      R"({"type":"string","maxLength":1000000000})",
      R"({"type":"array","items":{"type":"array","maxItems":100000},"minItems":1000000})",
      R"({"type":"string","pattern":"^(a|b)*c{1000}$","maxLength":100000})",
  };
  for (const std::string& schema : cases) {
    const auto automaton = compile_json_schema(schema);
    EXPECT_FALSE(automaton) << schema.substr(0, 100);
  }
  EXPECT_TRUE(compile_json_schema(doubling)) << compile_json_schema(doubling).error().message;
}

TEST(JsonSchema, AnAmbiguousPatternStaysCheap) {
  const auto automaton = compile_json_schema(R"({"type":"string","pattern":"^(a|a|a*)*(a*a*a*)*b$"})");
  ASSERT_TRUE(automaton) << automaton.error().message;
  EXPECT_TRUE(accepts(*automaton, "\"" + std::string(2000, 'a') + "b\""));
  EXPECT_FALSE(accepts(*automaton, "\"" + std::string(2000, 'a') + "\""));
}

// Bytes at random, leaning towards the end of the text once it is long.
std::string random_text(const Automaton& automaton, std::mt19937& random) {
  Matcher matcher(std::make_shared<Automaton>(automaton));
  Config at = matcher.start();
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    std::vector<uint8_t> allowed;
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (matcher.step(at, static_cast<uint8_t>(byte)) != kDead)
        allowed.push_back(static_cast<uint8_t>(byte));
    }
    if (matcher.complete(at) && (allowed.empty() || random() % 4 == 0)) return text;
    EXPECT_FALSE(allowed.empty()) << "a dead end behind " << text;
    if (allowed.empty()) return text;
    uint8_t byte = allowed[random() % allowed.size()];
    for (const char closing : {'"', '}', ']'}) {
      const bool can = matcher.step(at, static_cast<uint8_t>(closing)) != kDead;
      if (can && random() % 100 < (i > 100 ? 60U : 15U)) byte = static_cast<uint8_t>(closing);
    }
    text += static_cast<char>(byte);
    at = matcher.step(at, byte);
    if (matcher.n_bytes() > 200'000) at = matcher.shrink(at);
  }
  return {};
}

TEST(JsonSchema, RandomTextsAreWholeJsonAndNeverRunIntoADeadEnd) {
  std::mt19937 random(7);
  std::vector<Automaton> automata = {*compile_json()};
  for (const SchemaCase& one : kSchemaCases) automata.push_back(*compile_json_schema(one.schema));
  int finished = 0;
  for (const Automaton& automaton : automata) {
    for (int i = 0; i < 20; ++i) {
      const std::string text = random_text(automaton, random);
      if (text.empty()) continue;
      ++finished;
      const auto json = wire::parse_json(text);
      ASSERT_TRUE(json) << text << ": " << json.error().message;
      EXPECT_EQ(json->raw.size(), text.size()) << text;
    }
  }
  EXPECT_GT(finished, 400);
}

TEST(Regex, MatchesTheWholeText) {
  const auto automaton = compile_regex("(yes|no)(, [A-Z][a-zé]*)?\\.");
  ASSERT_TRUE(automaton);
  EXPECT_TRUE(accepts(*automaton, "yes, Adé."));
  EXPECT_TRUE(accepts(*automaton, "no."));
  EXPECT_FALSE(accepts(*automaton, "maybe."));
  EXPECT_FALSE(accepts(*automaton, "xno."));
}

}  // namespace
}  // namespace samovar::sampling::grammar
