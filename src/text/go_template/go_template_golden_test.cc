// Go templates against what Ollama's own code made of them (tests/data/text/make_go_template_goldens.py).
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "text/chat_template.h"

namespace samovar::text {
namespace {

using Json = nlohmann::ordered_json;

TemplateInput to_input(const Json& context) {
  TemplateInput input;
  input.date = "2026-11-22";
  for (const Json& from : context.at("messages")) {
    ChatMessage message;
    message.role = from.at("role");
    message.content = from.at("content");
    message.thinking = from.value("thinking", "");
    message.tool_name = from.value("tool_name", "");
    message.tool_call_id = from.value("tool_call_id", "");
    if (from.contains("tool_calls")) {
      for (const Json& call : from.at("tool_calls")) {
        message.tool_calls.push_back(
            {call.at("id"), call.at("function").at("name"), call.at("function").at("arguments").dump()});
      }
    }
    input.messages.push_back(std::move(message));
  }
  if (context.contains("tools")) input.tools_json = context.at("tools").dump();
  if (context.contains("think")) input.think = context.at("think").get<bool>();
  input.think_level = context.value("think_level", "");
  input.suffix = context.value("suffix", "");
  return input;
}

TEST(GoTemplateGolden, RendersAsOllama) {
  std::ifstream file(std::string(SAMOVAR_TEST_DATA) + "/text/go_templates.json");
  const Json goldens = Json::parse(file);
  ASSERT_GT(goldens.at("cases").size(), 250u);
  for (const Json& golden : goldens.at("cases")) {
    const std::string name = golden.at("template");
    const std::string context = golden.at("context");
    const std::string source = goldens.at("templates").at(name);
    const std::string what = name + " / " + context + "\n" + (name.rfind("snippet", 0) == 0 ? source : "");
    const auto made = make_go_template(source);
    const auto prompt = made.ok() ? (*made)->render(to_input(goldens.at("contexts").at(context)))
                                  : Result<Prompt>(made.error());
    if (golden.contains("output")) {
      ASSERT_TRUE(prompt.ok()) << what << "\n" << prompt.error().message;
      EXPECT_EQ(prompt->text, golden.at("output").get<std::string>()) << what;
    } else {
      ASSERT_FALSE(prompt.ok()) << what << "\n" << prompt->text;
      EXPECT_NE(prompt.error().message.find("line "), std::string::npos) << prompt.error().message;
    }
  }
}

}  // namespace
}  // namespace samovar::text
