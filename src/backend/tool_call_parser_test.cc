#include "backend/tool_call_parser.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
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

// Forms of single families.
const std::vector<Expected>& family_texts() {
  static const std::vector<Expected> kCases = {
      // DeepSeek R1 and V3: the name in front, the object in a fence.
      {"<｜tool▁calls▁begin｜>",
       "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\"a\": "
       "1}\n```<｜tool▁call▁end｜>\n"
       "<｜tool▁call▁begin｜>function<｜tool▁sep｜>g\n```json\n{}\n```<｜tool▁call▁end｜><"
       "｜tool▁calls▁end｜>",
       "",
       {{"f", R"({"a": 1})"}, {"g", "{}"}}},
      // Command R7B, and Command R as Ollama's template has it.
      {"<|START_ACTION|>",
       "<|START_ACTION|>[\n    {\"tool_call_id\": \"0\", \"tool_name\": \"f\", \"parameters\": {\"a\": 1}},\n"
       "    {\"tool_call_id\": \"1\", \"tool_name\": \"g\", \"parameters\": {}}\n]<|END_ACTION|>",
       "",
       {{"f", R"({"a": 1})"}, {"g", "{}"}}},
      {"Action: ```json\n[",
       "Action: ```json\n[\n    {\n        \"tool_name\": \"f\",\n        \"parameters\": {\"a\": 1}\n    "
       "}\n]```",
       "",
       {{"f", R"({"a": 1})"}}},
      // Ministral and Mistral Small: an id between name and object.
      {"[TOOL_CALLS]",
       "[TOOL_CALLS]f[CALL_ID]a1b2c3d4e[ARGS]{\"a\": 1}[TOOL_CALLS]g[ARGS]{}",
       "",
       {{"f", R"({"a": 1})"}, {"g", "{}"}}},
      // Phi 4 mini, Granite.
      {"<|tool_call|>",
       "<|tool_call|>[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]<|/tool_call|>",
       "",
       {{"f", R"({"a": 1})"}}},
      {"<|tool_call|>[", "<|tool_call|>[{\"name\": \"g\", \"arguments\": {}}]", "", {{"g", "{}"}}},
      // A fence behind a call that stood in none belongs to the text.
      {"<tool_call>",
       "<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>\n```\ncode\n```",
       "```\ncode\n```",
       {{"g", "{}"}}},
      // Names are words: "function" is no call of "f".
      {"<tool_call>", "<tool_call>function {\"a\": 1}", "<tool_call>function {\"a\": 1}", {}},
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

void expect_the_same_however_it_is_cut(const std::vector<Expected>& texts) {
  std::mt19937 random(1);
  for (const Expected& one : texts) {
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

TEST(ToolCallParser, FindsTheSameHoweverTheTextIsCut) {
  expect_the_same_however_it_is_cut(tool_texts());
  expect_the_same_however_it_is_cut(family_texts());
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

// What the template of a family writes for calls that were made is what its models write: the parser must
// find the same calls in it.
std::string read_template(const std::string& name) {
  std::ifstream file(std::string(SAMOVAR_TEST_DATA) + "/text/templates/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string render_answer(const std::string& source, const std::vector<text::ToolCall>& calls) {
  const auto made = text::make_jinja_template(source);
  EXPECT_TRUE(made);
  text::TemplateInput input;
  input.date = "2026-11-22";
  input.bos_token = "<s>";
  input.eos_token = "</s>";
  input.tools_json =
      R"([{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}},)"
      R"({"type":"function","function":{"name":"g","description":"d","parameters":{"type":"object","properties":{}}}}])";
  input.messages.push_back({.role = "user", .content = "go", .tool_calls = {}});
  const auto question = (*made)->render(input);
  input.messages.push_back({.role = "assistant", .content = "", .tool_calls = calls});
  input.add_generation_prompt = false;
  const auto all = (*made)->render(input);
  EXPECT_TRUE(question) << question.error().message;
  EXPECT_TRUE(all) << all.error().message;
  if (!question || !all) return {};
  size_t shared = 0;
  while (shared < question->text.size() && question->text[shared] == all->text[shared]) ++shared;
  if (shared > 0 && all->text[shared - 1] == '<') --shared;  // the prompt ends with another tag
  std::string answer = all->text.substr(shared);
  for (const char* end :
       {"<|im_end|>", "<|eot_id|>", "<|eom_id|>", "</s>", "<｜end▁of▁sentence｜>", "<|END_OF_TURN_TOKEN|>"}) {
    answer = answer.substr(0, answer.find(end));
  }
  return answer;
}

TEST(ToolCallParser, FindsTheCallsThatTheTemplatesOfModelsWrite) {
  const std::vector<text::ToolCall> two = {{"call_aaaa1", "f", R"({"a": 1})"}, {"call_aaaa2", "g", "{}"}};
  struct Family {
    const char* file;
    size_t n_calls;  // Llama's templates take one
  };
  for (const Family& family :
       {Family{"qwen-2.5.jinja", 2}, Family{"qwen-3.jinja", 2}, Family{"llama-3.1.jinja", 1},
        Family{"llama-3.2.jinja", 1}, Family{"mistral-nemo.jinja", 2}, Family{"command-r7b.jinja", 2},
        Family{"deepseek-r1-distill.jinja", 2}}) {
    const std::string source = read_template(family.file);
    std::vector<text::ToolCall> calls(two.begin(), two.begin() + static_cast<std::ptrdiff_t>(family.n_calls));
    if (std::string_view(family.file).starts_with("mistral")) {
      for (size_t i = 0; i < calls.size(); ++i) calls[i].id = "aaaaaaaa" + std::to_string(i);
    }
    const std::string answer = render_answer(source, calls);
    const std::string tag = text::inspect_template(source).tool_open;
    for (size_t cut = 0; cut <= answer.size(); ++cut) {
      const ToolText got = run({tag.c_str(), answer, "", {}}, {answer.substr(0, cut), answer.substr(cut)});
      ASSERT_EQ(got.calls.size(), calls.size())
          << family.file << " " << tag << " cut at " << cut << ": " << answer;
      for (size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(got.calls[i].name, calls[i].name) << answer;
    }
  }
}

}  // namespace
}  // namespace samovar::backend
