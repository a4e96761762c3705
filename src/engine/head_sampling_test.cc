// The sampler's needs and the split head together: the same tokens as from all logits.
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "ops/random_head.h"
#include "sampling/grammar/json_schema.h"
#include "sampling/sampler.h"

namespace samovar::engine {
namespace {

struct Setting {
  const char* name;
  sampling::Options options;
};

std::vector<Setting> settings() {
  std::vector<Setting> all;
  const auto add = [&](const char* name, float temperature, int32_t top_k) -> sampling::Options& {
    all.push_back({name, {}});
    all.back().options.temperature = temperature;
    all.back().options.top_k = top_k;
    all.back().options.seed = 7;
    return all.back().options;
  };
  add("defaults", 0.8F, 40);
  add("greedy", 0.0F, 40);
  add("hot", 3.0F, 12).top_p = 1.0F;
  add("all", 1.0F, 0);
  add("more than the groups", 1.0F, 200);
  sampling::Options& repeat = add("repeat penalty", 2.0F, 5);
  repeat.repeat_penalty = 1.5F;
  sampling::Options& greedy = add("greedy with penalties", 0.0F, 40);
  greedy.repeat_penalty = 1.2F;
  greedy.presence_penalty = 3.0F;
  sampling::Options& raising = add("penalties that raise", 2.0F, 3);
  raising.presence_penalty = -4.0F;
  raising.min_p = 0.05F;
  sampling::Options& window = add("penalties on everything", 1.0F, 40);
  window.repeat_penalty = 1.1F;
  window.repeat_last_n = -1;
  return all;
}

class HeadSamplingTest : public testing::TestWithParam<tensor::Type> {};

TEST_P(HeadSamplingTest, TheTokensAreThoseOfAllLogits) {
  constexpr size_t kVocab = 7001;
  constexpr size_t kCols = 256;
  constexpr size_t kSteps = 40;
  platform::ThreadPool pool(2);
  const kernels::Table& table = kernels::table();
  const ops::RandomHead head(pool, table, GetParam(), kVocab, kCols,
                             kernels::random_rows(GetParam(), kVocab, kCols, 3));
  const std::vector<float> x = head.hidden_states(kSteps, 5);
  ops::Exec exec(pool, table);
  ops::Head full(head.weights(), 30.0F);
  ops::Head few(head.weights(), 30.0F);
  std::vector<float> logits(kVocab);
  for (const Setting& setting : settings()) {
    sampling::Sampler from_all(setting.options, 1);
    sampling::Sampler from_few(setting.options, 1);
    sampling::Needs needs;
    std::vector<sampling::TokenId> recent = {1, 2, 3};
    size_t n_different = 0;
    for (size_t step = 0; step < kSteps; ++step) {
      const ops::Rows row = {&x[step / 2 * kCols], 1, kCols,
                             kCols};  // every state twice: penalties have their say
      full.run(exec, row, std::vector<ops::HeadRow>(1), logits.data());
      const sampling::TokenId expected = from_all.sample(logits, recent);
      from_few.find_needs(recent, kVocab, needs);
      few.run(exec, row, std::vector<ops::HeadRow>{{needs.n_best, needs.also}}, logits.data());
      ASSERT_EQ(from_few.sample(logits, recent), expected) << setting.name << " step " << step;
      if (recent.back() != expected) ++n_different;
      recent.push_back(expected);
    }
    EXPECT_GT(n_different, kSteps / 4) << setting.name;
  }
  EXPECT_LT(few.counts().completed, few.counts().logits);
}

// Words over a few letters, so that at some places of a text very many tokens may come, at others few.
std::shared_ptr<const sampling::grammar::TokenTrie> make_words(size_t n_vocab) {
  constexpr std::string_view kLetters = "abcdefgh x.;0123456789";
  std::mt19937 random(9);
  std::vector<sampling::grammar::TokenTrie::Token> tokens(n_vocab);
  for (size_t id = 0; id < n_vocab; ++id) {
    tokens[id].offered = true;
    for (size_t n = id < kLetters.size() ? 1 : 1 + random() % 5; n > 0; --n) {
      tokens[id].bytes += kLetters[id < kLetters.size() ? id : random() % 9];
    }
  }
  return std::make_shared<sampling::grammar::TokenTrie>(std::move(tokens));
}

TEST_P(HeadSamplingTest, ConstrainedTokensAreThoseOfAllLogits) {
  constexpr size_t kVocab = 7001;
  constexpr size_t kCols = 256;
  constexpr size_t kSteps = 60;
  platform::ThreadPool pool(2);
  const kernels::Table& table = kernels::table();
  const ops::RandomHead head(pool, table, GetParam(), kVocab, kCols,
                             kernels::random_rows(GetParam(), kVocab, kCols, 3));
  const std::vector<float> x = head.hidden_states(kSteps, 5);
  ops::Exec exec(pool, table);
  ops::Head full(head.weights(), 30.0F);
  ops::Head few(head.weights(), 30.0F);
  std::vector<float> logits(kVocab);
  auto language = sampling::grammar::compile_regex("(x[a-h ]{5,20}\\.[0-9]{2};)*");
  ASSERT_TRUE(language);
  const auto automaton = std::make_shared<const sampling::grammar::Automaton>(std::move(*language));
  const auto trie = make_words(kVocab);
  size_t n_again = 0;
  size_t n_steps = 0;
  for (const Setting& setting : settings()) {
    sampling::Sampler from_all(setting.options, 1);
    sampling::Sampler from_few(setting.options, 1);
    from_all.constrain(std::make_unique<sampling::grammar::Constraint>(automaton, trie));
    from_few.constrain(std::make_unique<sampling::grammar::Constraint>(automaton, trie));
    sampling::Needs needs;
    std::vector<sampling::TokenId> recent = {1, 2, 3};
    for (size_t step = 0; step < kSteps; ++step) {
      const ops::Rows row = {&x[step * kCols], 1, kCols, kCols};
      full.run(exec, row, std::vector<ops::HeadRow>(1), logits.data());
      const sampling::TokenId expected = from_all.sample(logits, recent);
      ASSERT_GE(expected, 0);
      from_few.find_needs(recent, kVocab, needs);
      few.run(exec, row, std::vector<ops::HeadRow>{{needs.n_best, needs.also}}, logits.data());
      sampling::TokenId token = from_few.sample(logits, recent, needs);
      ++n_steps;
      if (token == sampling::kNeedsAll) {
        ++n_again;
        full.run(exec, row, std::vector<ops::HeadRow>(1), logits.data());
        token = from_few.sample(logits, recent);
      }
      ASSERT_EQ(token, expected) << setting.name << " step " << step;
      // What a guess would need is asked for without taking it.
      recent.push_back(expected);
      from_few.find_needs(recent, kVocab, needs, 0);
    }
  }
  EXPECT_LT(n_again, n_steps / 2);
  EXPECT_LT(few.counts().completed, few.counts().logits);
}

INSTANTIATE_TEST_SUITE_P(Types, HeadSamplingTest, testing::Values(tensor::Type::kQ8_0, tensor::Type::kQ6_K),
                         [](const auto& type) { return std::string(tensor::type_info(type.param).name); });

}  // namespace
}  // namespace samovar::engine
