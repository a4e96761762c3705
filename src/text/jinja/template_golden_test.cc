// Real chat templates and one-feature snippets, against what Python's jinja2 made of them
// (tests/data/text/make_template_goldens.py).
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "text/jinja/json_value.h"
#include "text/jinja/template.h"

namespace samovar::text::jinja {
namespace {

constexpr std::string_view kDate = "2026-11-22";

std::string read_file(const std::string& name) {
  std::ifstream file(std::string(SAMOVAR_TEST_DATA) + "/text/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const Dict& goldens() {
  static const Value kGoldens = [] {
    auto parsed =
        parse_json(read_file("templates.json"), [](std::string_view text) { return std::string(text); });
    EXPECT_TRUE(parsed.ok());
    return *parsed;
  }();
  return kGoldens.dict();
}

// The case holds "output", or "error" when rendering has to fail.
void expect_same(const Dict& golden, const std::string& source, const Dict& variables,
                 const std::string& what) {
  const Value* output = golden.find("output");
  const auto parsed = Template::parse(source);
  if (!parsed.ok()) {
    EXPECT_EQ(output, nullptr) << what << "\n" << parsed.error().message;
    return;
  }
  const auto rendered = parsed->render(variables, kDate);
  if (output != nullptr) {
    ASSERT_TRUE(rendered.ok()) << what << "\n" << rendered.error().message;
    EXPECT_EQ(*rendered, output->text()) << what;
  } else {
    ASSERT_FALSE(rendered.ok()) << what << "\n" << *rendered;
    EXPECT_NE(rendered.error().message.find("line "), std::string::npos) << rendered.error().message;
  }
}

TEST(TemplateGolden, RealTemplatesRenderAsInPython) {
  const Dict& contexts = goldens().find("contexts")->dict();
  const auto& cases = goldens().find("cases")->items();
  ASSERT_GT(cases.size(), 300u);
  for (const Value& golden : cases) {
    const std::string name = golden.dict().find("template")->text();
    const std::string context = golden.dict().find("context")->text();
    expect_same(golden.dict(), read_file("templates/" + name), contexts.find(context)->dict(),
                name + " / " + context);
  }
}

TEST(TemplateGolden, SnippetsRenderAsInPython) {
  const Dict& variables = goldens().find("snippet_variables")->dict();
  const auto& snippets = goldens().find("snippets")->items();
  ASSERT_GT(snippets.size(), 80u);
  for (const Value& golden : snippets) {
    const std::string source = golden.dict().find("source")->text();
    expect_same(golden.dict(), source, variables, source);
  }
}

TEST(TemplateGolden, RefusalPassesTheTemplatesMessageOn) {
  const auto parsed = Template::parse("a\n{{ raise_exception('roles must alternate') }}");
  ASSERT_TRUE(parsed.ok());
  const auto rendered = parsed->render(Dict(), kDate);
  ASSERT_FALSE(rendered.ok());
  EXPECT_EQ(rendered.error().code, Code::kInvalidArgument);
  EXPECT_EQ(rendered.error().message, "chat template, line 2: roles must alternate");
}

TEST(TemplateGolden, UnknownThingsAreUnsupported) {
  for (const std::string source :
       {"{{ 1 | nosuch }}", "{{ 1 is nosuch }}", "{% include 'x' %}", "{{ f(*a) }}"}) {
    const auto parsed = Template::parse(source);
    const Error error = parsed.ok() ? parsed->render(Dict(), kDate).error() : parsed.error();
    EXPECT_EQ(error.code, Code::kUnsupported) << source << ": " << error.message;
  }
}

}  // namespace
}  // namespace samovar::text::jinja
