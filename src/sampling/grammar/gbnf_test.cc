#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "sampling/grammar/json_schema.h"
#include "sampling/grammar/matcher.h"

namespace samovar::sampling::grammar {
namespace {

bool keeps_to(const Automaton& automaton, std::string_view text) {
  Matcher matcher(std::make_shared<Automaton>(automaton));
  Config at = matcher.start();
  for (const char c : text) at = matcher.step(at, static_cast<uint8_t>(c));
  return matcher.complete(at);
}

struct GrammarCase {
  const char* grammar;
  std::vector<std::string> valid;
  std::vector<std::string> invalid;
};

const std::vector<GrammarCase> kGrammarCases = {
    {R"(root ::= "yes" | "no")", {"yes", "no"}, {"", "y", "yesno", "Yes"}},
    {"# A list of things.\nroot ::= item+  # at least one\n\nitem ::= \"- \" [^\\r\\n]+ \"\\n\"\n",
     {"- a\n", "- a\n- b c\n"},
     {"", "- a", "- \n"}},
    {"root ::= (expr \"=\" term \"\\n\")+\n"
     "expr ::= term ([-+*/] term)*\n"
     "term ::= num | \"(\" expr \")\"\n"
     "num ::= [0-9]+",
     {"1+2=3\n", "((1))*20-3=4\n1=1\n"},
     {"1+=3\n", "(1=2\n", "1+2=3"}},
    {"root ::= object\n"
     "value ::= object | array | string | number | (\"true\" | \"false\" | \"null\") ws\n"
     "object ::=\n  \"{\" ws (\n    string \":\" ws value\n    (\",\" ws string \":\" ws value)*\n  )? \"}\" "
     "ws\n"
     "array ::= \"[\" ws ( value (\",\" ws value)* )? \"]\" ws\n"
     "string ::=\n  \"\\\"\" (\n    [^\"\\\\\\x7F\\x00-\\x1F] |\n"
     "    \"\\\\\" ([\"\\\\bfnrt] | \"u\" [0-9a-fA-F]{4}) # escapes\n  )* \"\\\"\" ws\n"
     "number ::= (\"-\"? ([0-9] | [1-9] [0-9]{0,15})) (\".\" [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws\n"
     "ws ::= | \" \" | \"\\n\" [ \\t]{0,20}\n",
     {"{}", R"({"a": [1, 2.5e-3, {"b\u00e9\n": null}],"c":"ü"} )"},
     {"[]", R"({"a":01})", R"({"a" 1})", "{\"a\":\"\x01\"}"}},
    {"root ::= jp-char+ ([ \\t\\n] jp-char+)*\njp-char ::= hiragana | [、-〾]\nhiragana ::= [ぁ-ゟ]",
     {"ひらがな", "あ い"},
     {"abc", "あ  い", "ア"}},
    {R"(root ::= "a"{3} "b"{2,} "c"{0,2} "d"? {1,1})",
     {"aaabb", "aaabbbbcc", "aaabbd"},
     {"aabb", "aaab", "aaabbccc"}},
    {R"(root ::= "\x41\u00e9\U0001F600\t\"\\\[\]")", {"A\u00e9\U0001F600\t\"\\[]"}, {"A"}},
    {R"(root ::= [a\-z] [\]^] [+-] [-x])", {"a]+-", "-^-x"}, {"b]+-"}},
    {"root ::= . .", {"ab", "é\n", "😀x"}, {"a", "abc", "\xff\xff"}},
    {"root ::= x\n  | y  # on a line of its own\n  | z\nx ::= \"1\"\ny ::= \"2\"\nz ::= \"3\"",
     {"1", "3"},
     {"4"}},
    {"root ::= \"a\" root \"b\" |", {"", "aabb"}, {"aab", "ba"}},
    {"root ::= (\"x\"?)* \"y\"", {"y", "xxxy"}, {"", "x"}},
    {"root ::= \"a\" r_2 | r_2\r\nr_2 ::= \"b\"\r\n", {"ab", "b"}, {"a"}},
};

TEST(Gbnf, LetsThroughWhatTheRulesSay) {
  for (const GrammarCase& one : kGrammarCases) {
    const auto automaton = compile_gbnf(one.grammar);
    ASSERT_TRUE(automaton) << one.grammar << "\n" << automaton.error().message;
    for (const std::string& text : one.valid)
      EXPECT_TRUE(keeps_to(*automaton, text)) << one.grammar << "\n" << text;
    for (const std::string& text : one.invalid)
      EXPECT_FALSE(keeps_to(*automaton, text)) << one.grammar << "\n" << text;
  }
}

TEST(Gbnf, TellsWhereItIsWrong) {
  const std::vector<std::pair<std::string, const char*>> cases = {
      {"", "grammar: there is no rule 'root'"},
      {"x ::= \"a\"", "grammar: there is no rule 'root'"},
      {"root ::= x\nx ::= y z", "grammar: line 2, column 7: rule 'y' is not defined"},
      {"root ::= \"a\"\n\nroot ::= \"b\"",
       "grammar: line 3, column 1: rule 'root' was defined before, at line 1, column 1"},
      {"root = \"a\"", "grammar: line 1, column 6: '::=' is expected behind the rule's name, not '='"},
      {"::= \"a\"", "grammar: line 1, column 1: a rule's name is expected, not ':'"},
      {"root ::= \"é\" %", "grammar: line 1, column 14: '%' is not expected here"},
      {"root ::= \"a", "grammar: line 1, column 10: a text without its closing '\"'"},
      {"root ::= \"a\nb\"", "grammar: line 1, column 10: a text without its closing '\"'"},
      {"root ::= [a-", "grammar: line 1, column 10: a '[' without its ']'"},
      {"root ::= [z-a]", "grammar: line 1, column 11: a range whose ends are not in order"},
      {"root ::= []", "grammar: line 1, column 10: an empty class (write . for any character)"},
      {"root ::= (\"a\"\n | \"b\"", "grammar: line 1, column 10: a '(' without its ')'"},
      {"root ::= \"a\")", "grammar: line 1, column 13: a ')' without its '('"},
      {"root ::= * \"a\"", "grammar: line 1, column 10: nothing to repeat before '*'"},
      {"root ::= \"a\"{x}", "grammar: line 1, column 14: a number is expected in {}, not 'x'"},
      {"root ::= \"a\"{2", "grammar: line 1, column 15: '}' is expected, not the end"},
      {"root ::= \"a\"{3,2}", "grammar: line 1, column 13: the count's end 2 is below its beginning 3"},
      {"root ::= \"a\"{1000000}", "grammar: line 1, column 13: a count over 100000"},
      {"root ::= \"\\q\"", "grammar: line 1, column 11: an unknown escape: '\\' before 'q'"},
      {"root ::= \"\\x4\"", "grammar: line 1, column 14: \\x needs 2 hexadecimal digits"},
      {"root ::= \"\\ud83d\"",
       "grammar: line 1, column 11: half of a surrogate pair (write \\U and eight digits)"},
      {"root ::= \"\\U00110000\"", "grammar: line 1, column 11: there is no such character"},
      {"root ::= a a ::= \"x\"",
       "grammar: line 1, column 13: the definition of rule 'a' must begin on a line of its own"},
      {"root ::= <think> \"a\"",
       "grammar: line 1, column 10: tokens by name or number are not supported, write their text"},
      {"root ::= \"\xff\"", "grammar: line 1, column 11: bytes that are no UTF-8"},
      {"root ::= a\na ::= b \"x\" | \"y\"\nb ::= \"z\"? a",
       "grammar: line 2, column 1: rule 'a' begins with itself, so it could be read for ever"},
      {"root ::= a\na ::= \"x\" a", "grammar: line 1, column 1: rule 'root' can never end"},
  };
  for (const auto& [text, message] : cases) {
    const auto automaton = compile_gbnf(text);
    ASSERT_FALSE(automaton) << text;
    EXPECT_EQ(automaton.error().message, message) << text;
  }
}

TEST(Gbnf, WhatExplodesIsRefusedAtOnce) {
  const auto begun = std::chrono::steady_clock::now();
  const std::string deep(5000, '(');
  const std::string wide = "root ::= " + std::string(60'000, '.');
  std::string chain = "root ::= r0\n";
  for (int i = 0; i < 1990; ++i) chain += "r" + std::to_string(i) + " ::= r" + std::to_string(i + 1) + "\n";
  for (const std::string& text :
       {"root ::= " + deep, wide, chain, chain + "r1990 ::= r0 \"x\"",
        std::string("root ::= \"a\"") + std::string(50, '*'),
        std::string("root ::= [^a]{100000} [^b]{100000} [^c]{100000}"), std::string(2'000'000, ' ')}) {
    const auto automaton = compile_gbnf(text);
    EXPECT_FALSE(automaton) << text.substr(0, 60);
  }
  EXPECT_TRUE(compile_gbnf("root ::= (((\"a\"{100}){100}){100}){100}"));  // counts are calls, not copies
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST(Gbnf, ManyWaysToReadATextAreBounded) {
  const auto automaton = compile_gbnf("root ::= [ab]* \"a\" [ab]{3000} \"c\"");
  ASSERT_TRUE(automaton) << automaton.error().message;
  Matcher matcher(std::make_shared<Automaton>(*automaton));
  const auto begun = std::chrono::steady_clock::now();
  Config at = matcher.start();
  uint32_t bits = 1;
  for (int i = 0; i < 100'000 && at != kDead; ++i) {
    bits = bits * 1'664'525U + 1'013'904'223U;
    at = matcher.step(at, (bits >> 20U & 1U) != 0 ? 'a' : 'b');
  }
  EXPECT_TRUE(matcher.overflowed());
  EXPECT_LT(matcher.n_bytes(), size_t{64} << 20U);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

}  // namespace
}  // namespace samovar::sampling::grammar
