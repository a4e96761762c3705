#include "sampling/grammar/constraint.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "sampling/grammar/json_schema.h"

namespace samovar::sampling::grammar {
namespace {

constexpr int32_t kEnd = 256;
constexpr int32_t kThinkEnd = 257;

// All bytes, an end token, a control token, then words.
std::shared_ptr<const TokenTrie> make_trie(const std::vector<std::string>& words) {
  std::vector<TokenTrie::Token> tokens;
  for (int byte = 0; byte < 256; ++byte)
    tokens.push_back({std::string(1, static_cast<char>(byte)), true, false});
  tokens.push_back({"<end>", false, true});
  tokens.push_back({"</think>", false, false});
  for (const std::string& word : words) tokens.push_back({word, true, false});
  return std::make_shared<TokenTrie>(std::move(tokens));
}

std::shared_ptr<const Automaton> make_schema(const char* schema) {
  auto automaton = compile_json_schema(schema);
  return automaton ? std::make_shared<Automaton>(std::move(*automaton)) : nullptr;
}

bool in_mask(const std::vector<uint64_t>& mask, int32_t id) {
  return ((mask[static_cast<size_t>(id) / 64] >> (static_cast<size_t>(id) % 64)) & 1U) != 0;
}

TEST(Constraint, MaskAndSingleChecksAgree) {
  std::mt19937 random(3);
  std::vector<std::string> words;
  constexpr std::string_view kLetters = "{}[]\",:ab01 \n\\ue.-truefalsn";
  for (int i = 0; i < 3000; ++i) {
    std::string word;
    for (size_t n = 1 + random() % 6; n > 0; --n) word += kLetters[random() % kLetters.size()];
    words.push_back(word);
  }
  const auto trie = make_trie(words);
  Constraint constraint(
      make_schema(
          R"({"type":"object","properties":{"ab":{"type":"array","items":{"type":["number","boolean"]}},
                      "u":{"type":"string","maxLength":9}},"required":["ab"]})"),
      trie);
  const auto n = static_cast<int32_t>(trie->n_vocab());
  for (int step = 0; step < 200; ++step) {
    const std::vector<uint64_t> mask = constraint.mask();
    std::vector<int32_t> allowed;
    for (int32_t id = 0; id < n; ++id) {
      ASSERT_EQ(in_mask(mask, id), constraint.allows(id)) << step << " " << id;
      if (in_mask(mask, id)) allowed.push_back(id);
    }
    ASSERT_FALSE(allowed.empty());
    const int32_t taken = allowed[random() % allowed.size()];
    if (taken == kEnd) break;
    constraint.accept(taken);
    ASSERT_FALSE(constraint.failed());
  }
}

TEST(Constraint, EndsOnlyWhereTheTextIsWhole) {
  const auto trie = make_trie({"{}", "{\"a\":", "nul", "l}"});
  Constraint constraint(
      make_schema(R"({"type":"object","properties":{"a":{"type":"null"}},"required":["a"]})"), trie);
  EXPECT_FALSE(constraint.allows(kEnd));
  EXPECT_FALSE(constraint.allows(kThinkEnd));
  EXPECT_FALSE(constraint.allows(258));  // {}
  for (const int32_t id : {259, 260, 261}) {
    EXPECT_TRUE(constraint.allows(id));
    constraint.accept(id);
  }
  EXPECT_TRUE(constraint.allows(kEnd));
  EXPECT_FALSE(constraint.allows(' '));
  constraint.accept(' ');
  EXPECT_TRUE(constraint.failed());
}

TEST(Constraint, BeginsBehindTheThoughts) {
  Constraint constraint(make_schema(R"({"const":1})"), make_trie({"</thi", "nk>\n", "nk>1"}), "</think>");
  EXPECT_FALSE(constraint.active());
  constraint.accept('x');
  constraint.accept(258);
  EXPECT_FALSE(constraint.active());
  Constraint other = constraint;
  constraint.accept(259);
  EXPECT_TRUE(constraint.active());
  EXPECT_TRUE(constraint.allows('1'));
  EXPECT_FALSE(constraint.allows(kEnd));
  other.accept(260);
  EXPECT_TRUE(other.allows(kEnd));
  Constraint special(make_schema(R"({"const":1})"), make_trie({}), "</think>");
  special.accept(kThinkEnd);
  EXPECT_TRUE(special.active());
}

TEST(Constraint, ALongTextTakesBoundedMemoryAndLittleTime) {
  std::vector<std::string> words;
  std::mt19937 random(5);
  for (int i = 0; i < 50'000; ++i) {
    std::string word;
    for (size_t n = 2 + random() % 8; n > 0; --n) word += static_cast<char>('a' + random() % 26);
    words.push_back(word);
  }
  const auto trie = make_trie(words);
  Constraint constraint(
      make_schema(R"({"type":"array","items":{"type":"array","items":{"type":"string","maxLength":90}}})"),
      trie);
  const auto begun = std::chrono::steady_clock::now();
  constraint.accept('[');
  for (int i = 0; i < 2000; ++i) {
    for (const char c : std::string("[\"abc\"],")) constraint.accept(c);
    if (i % 100 == 0) constraint.accept('\n');
    ASSERT_FALSE(constraint.mask().empty());
  }
  EXPECT_FALSE(constraint.failed());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

}  // namespace
}  // namespace samovar::sampling::grammar
