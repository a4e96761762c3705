// Hostile templates give an Error soon: none may crash, hang or eat the memory.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "text/jinja/json_value.h"
#include "text/jinja/template.h"

namespace samovar::text::jinja {
namespace {

std::string repeated(const std::string& part, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

Error error_of(const std::string& source) {
  auto parsed = Template::parse(source);
  if (!parsed.ok()) return parsed.error();
  auto rendered = parsed->render(Dict(), "2026-11-22");
  EXPECT_FALSE(rendered.ok()) << source.substr(0, 200);
  return rendered.ok() ? Error{Code::kInternal, "no error"} : rendered.error();
}

class Hostile : public ::testing::TestWithParam<std::string> {};

TEST_P(Hostile, GivesAnErrorWithALine) {
  const Error error = error_of(GetParam());
  EXPECT_TRUE(error.code == Code::kInvalidArgument || error.code == Code::kUnsupported) << error.message;
  EXPECT_NE(error.message.find("line "), std::string::npos) << error.message;
}

INSTANTIATE_TEST_SUITE_P(
    Unterminated, Hostile,
    ::testing::Values("{{", "{%", "{#", "{{ 'a", "{{ \"a\\", "{% if x %}", "{% for x in y %}a", "{% raw %}a",
                      "{{ (1", "{{ [1, ", "{{ {1:", "{{ a.", "{{ a[", "{{ a|", "{{ a is", "{{ f(", "{% set",
                      "{% set x", "{% set x =", "{% macro", "{% macro m(",
                      "{% macro m(a=1, b) %}{% endmacro %}", "{% call x %}{% endcall %}", "{% else %}",
                      "{% endfor %}", "{{ ) }}", "{{ } }}", "{{ 1 2 }}", "{% break %}", "{{ a b }}", "{{}}",
                      "{{ $ }}", "{% for 1 in a %}{% endfor %}", "{% set 1 = 2 %}",
                      "{{ 99999999999999999999 }}", "{{ 0x }}", "{{ '\\uZZ' }}", "{% if %}{% endif %}",
                      "{{ a[1:2:3:4] }}", "{% filter %}{% endfilter %}"));

INSTANTIATE_TEST_SUITE_P(
    DeeplyNested, Hostile,
    ::testing::Values("{{ " + repeated("(", 10000) + "1" + repeated(")", 10000) + " }}",
                      "{{ " + repeated("[", 10000) + repeated("]", 10000) + " }}",
                      "{{ " + repeated("-", 10000) + "1 }}", "{{ " + repeated("not ", 10000) + "1 }}",
                      "{{ 1" + repeated(" + 1", 10000) + " }}", "{{ a" + repeated(".a", 10000) + " }}",
                      "{{ a" + repeated("|string", 10000) + " }}",
                      "{{ 1" + repeated(" if 1 else 1", 10000) + " }}",
                      "{{ a" + repeated("[0]", 10000) + " }}", "{{ " + repeated("a(", 10000) + " }}",
                      repeated("{% if 1 %}", 10000) + repeated("{% endif %}", 10000),
                      repeated("{% for x in [1] %}", 10000) + repeated("{% endfor %}", 10000),
                      "{{ " + repeated("{1:", 5000) + "1" + repeated("}", 5000) + " }}"));

INSTANTIATE_TEST_SUITE_P(
    Endless, Hostile,
    ::testing::Values(
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(x) %}{{ f(x ~ 'aaaaaaaa') }}{% endmacro %}{{ f('') }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{{ range(10**9) }}",
        "{{ range(0, 10**18, 1) | list }}",
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{{ 'a' * 10**9 }}", "{{ [0] * 10**9 }}", "{{ 'a' * -1 * 5 ~ 'a' * 40000000 }}", "{{ 2 ** 64 }}",
        "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 9 }}", "{{ 10 ** 300 }}",
        "{{ '%1000000000d' % 1 }}", "{{ '{:1000000000}'.format(1) }}", "{{ 'x' | center(10**9) }}",
        "{{ 'x\\ny' | indent(10**9) }}", "{{ 'x'.rjust(10**9) }}",
        "{{ ('a' * 1000000) | replace('a', 'b' * 1000000) }}", "{{ (['a' * 1000000] * 1000) | join }}",
        "{{ [1] | batch(10**9, 0) | list }}",
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ "
        "ns.x }}",
        "{% set ns = namespace(x=[], y=[]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% set "
        "ns.y = [ns.y, ns.y] "
        "%}{% endfor %}{{ ns.x == ns.y }}",
        "{% for i in range(100000) %}{{ 'a' * 1000 }}{% endfor %}",
        "{% for i in range(10000) %}{% set x = 'a' * 1000000 %}{% endfor %}"));

TEST(JinjaLimits, CyclesThroughNamespacesAndMacrosAreFreed) {
  const auto parsed = Template::parse(
      "{% set ns = namespace() %}{% set ns.me = ns %}{% set ns.list = [ns] %}"
      "{% macro m(x) %}{% macro inner() %}{{ x }}{% endmacro %}{% set ns.f = inner %}{% endmacro %}"
      "{% for i in range(50) %}{{ m(ns.f) }}{% endfor %}{{ ns }}"
      "{% set cur = namespace(at=ns) %}{% for i in range(1000) %}{% set tail = cur.at %}"
      "{% set tail.next = namespace() %}{% set cur.at = tail.next %}{% endfor %}done");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const auto rendered = parsed->render(Dict(), "2026-11-22");
  ASSERT_TRUE(rendered.ok()) << rendered.error().message;
  EXPECT_EQ(*rendered, "<Namespace>done");
}

TEST(JinjaLimits, DeepJsonIsRefused) {
  const auto keep = [](std::string_view text) { return std::string(text); };
  EXPECT_FALSE(parse_json(repeated("[", 100000), keep).ok());
  EXPECT_FALSE(parse_json(repeated("{\"a\":", 100000), keep).ok());
  EXPECT_FALSE(parse_json("[1,", keep).ok());
  EXPECT_FALSE(parse_json("", keep).ok());
  EXPECT_TRUE(parse_json(repeated("[", 100) + repeated("]", 100), keep).ok());
}

TEST(JinjaLimits, LongButHonestTemplatesRender) {
  const auto parsed = Template::parse("{% for i in range(50000) %}{{ i }} {{ 'x' * 10 }}\n{% endfor %}");
  ASSERT_TRUE(parsed.ok());
  const auto rendered = parsed->render(Dict(), "2026-11-22");
  ASSERT_TRUE(rendered.ok()) << rendered.error().message;
  EXPECT_GT(rendered->size(), 800000u);
}

}  // namespace
}  // namespace samovar::text::jinja
