#include "backend/tool_call_parser.h"

#include <gtest/gtest.h>

#include <random>

namespace samovar::backend {
namespace {

struct Expected {
  const char* tag;
  std::string text;
  std::string content;
  std::vector<std::pair<std::string, std::string>> calls;
};

const std::vector<Expected>& tool_texts() {
  static const std::vector<Expected> kCases = {
      {"<tool_call>",
       "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"}\\\"{\"}}\n</tool_call>",
       "",
       {{"f", R"({"a": "}\"{"})"}}},
      {"<tool_call>",
       "Let me "
       "see.\n<tool_call>{\"name\":\"f\",\"arguments\":{}}</"
       "tool_call>\n<tool_call>\n{\"name\":\"g\",\"arguments\":{\"n\":1}}\n</tool_call>\nDone.",
       "Let me see.\nDone.",
       {{"f", "{}"}, {"g", R"({"n":1})"}}},
      {"<tool_call>", "a < b <tool", "a < b <tool", {}},
      {"<tool_call>",
       "<tool_call>{\"name\":\"unknown\",\"arguments\":{}}</tool_call>",
       "<tool_call>{\"name\":\"unknown\",\"arguments\":{}}</tool_call>",
       {}},
      {"<tool_call>", "<tool_call>{\"name\":\"f\",\"argum", "<tool_call>{\"name\":\"f\",\"argum", {}},
      {"[TOOL_CALLS]",
       "[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {\"a\": 1}}, {\"name\": \"g\", \"arguments\": {}}]",
       "",
       {{"f", R"({"a": 1})"}, {"g", "{}"}}},
      {"[TOOL_CALLS]", "[TOOL_CALLS]f[ARGS]{\"a\": 1}", "", {{"f", R"({"a": 1})"}}},
      {"{", "{\"name\": \"f\", \"parameters\": {\"a\": [1, 2]}}", "", {{"f", R"({"a": [1, 2]})"}}},
      {"{",
       "{\"name\":\"f\",\"parameters\":{}}; {\"name\":\"g\",\"parameters\":{}}",
       "",
       {{"f", "{}"}, {"g", "{}"}}},
      {"{", "\n [{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":2}\"}]", "", {{"f", R"({"a":2})"}}},
      {"{", "{\"answer\": 5} and so on", "{\"answer\": 5} and so on", {}},
      {"{", "A set is {1, 2}.", "A set is {1, 2}.", {}},
      {"<|python_tag|>",
       "{\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":{\"x\":null}}}",
       "",
       {{"f", R"({"x":null})"}}},
      {"<function=", "<function=f>{\"a\":1}</function>", "", {{"f", R"({"a":1})"}}},
      {"<tool_call>", "", "", {}},
  };
  return kCases;
}

ToolText run(const Expected& one, const std::vector<std::string>& pieces) {
  ToolCallParser parser(one.tag, {"f", "g"});
  ToolText all;
  const auto take = [&all](ToolText part) {
    all.content += part.content;
    all.calls.insert(all.calls.end(), part.calls.begin(), part.calls.end());
  };
  for (const std::string& piece : pieces) take(parser.push(piece));
  take(parser.finish());
  return all;
}

TEST(ToolCallParser, FindsTheSameHoweverTheTextIsCut) {
  std::mt19937 random(1);
  for (const Expected& one : tool_texts()) {
    for (int round = 0; round < 60; ++round) {
      std::vector<std::string> pieces;
      for (size_t at = 0; at < one.text.size();) {
        const size_t n = round == 0 ? one.text.size() : round == 1 ? 1 : 1 + random() % 12;
        pieces.push_back(one.text.substr(at, n));
        at += n;
      }
      const ToolText got = run(one, pieces);
      EXPECT_EQ(got.content, one.content) << one.text;
      ASSERT_EQ(got.calls.size(), one.calls.size()) << one.text;
      for (size_t i = 0; i < got.calls.size(); ++i) {
        EXPECT_EQ(got.calls[i].name, one.calls[i].first);
        EXPECT_EQ(got.calls[i].arguments_json, one.calls[i].second);
      }
    }
  }
}

TEST(ToolCallParser, ReadsNamesAndMakesTheSchemaOfACall) {
  const char* tools =
      R"([{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g"}},5])";
  EXPECT_EQ(list_tool_names(tools), (std::vector<std::string>{"f", "g"}));
  EXPECT_EQ(
      make_call_schema(tools, "g"),
      R"({"anyOf":[{"type":"object","properties":{"name":{"const":"g"},"arguments":{"type":"object"}},"required":["name","arguments"]}]})");
  EXPECT_EQ(make_call_schema(tools, "h"), "");
}

}  // namespace
}  // namespace samovar::backend
