// The rules on a machine whose passes take what a formula says.
#include "engine/pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace samovar::engine {
namespace {

struct Machine {
  double pass_ns = 100e6;       // reading the weights once
  double answer_row_ns = 10e6;  // each row of an answer
  double prompt_row_ns = 15e6;  // each row of a prompt
  double overhead_ns = 0.0;     // of having prompt rows at all
  int64_t now_ns = 0;

  int64_t run(PassShape pass) {
    const auto answers = static_cast<double>(pass.answer_rows);
    const auto prompts = static_cast<double>(pass.prompt_rows);
    const auto elapsed = static_cast<int64_t>(pass_ns + answers * answer_row_ns + prompts * prompt_row_ns +
                                              (pass.prompt_rows > 0 ? overhead_ns : 0.0));
    now_ns += elapsed;
    return elapsed;
  }
};

// Four answers under way, then a prompt of 1,000 tokens between them: the gaps between their tokens.
std::vector<double> gaps_beside_a_prompt(Machine machine) {
  Pace pace;
  std::vector<double> gaps;
  const auto pass = [&](PassShape shape) {
    const int64_t elapsed = machine.run(shape);
    pace.note(shape, elapsed);
    gaps.push_back(static_cast<double>(elapsed));
  };
  for (int i = 0; i < 200; ++i) pass({4, 0});
  for (size_t left = 1000; left > 0;) {
    const size_t rows = pace.choose_prompt_rows(4, std::min<size_t>(left, 512));
    EXPECT_GE(rows, std::min<size_t>(left, Pace::kLeastRows));
    EXPECT_LE(rows, left);
    pass({4, rows});
    left -= rows;
  }
  return gaps;
}

TEST(Pace, APromptLeavesOtherAnswersMoving) {
  for (const double prompt_row_ns : {1e6, 5e6, 15e6, 30e6}) {
    for (const double overhead_ns : {0.0, 20e6}) {
      Machine machine;
      machine.prompt_row_ns = prompt_row_ns;
      machine.overhead_ns = overhead_ns;
      std::vector<double> gaps = gaps_beside_a_prompt(machine);
      std::sort(gaps.begin(), gaps.end());
      const double median_alone = static_cast<double>(machine.run({4, 0}));
      EXPECT_LE(gaps[gaps.size() * 99 / 100], 2.5 * median_alone) << prompt_row_ns << ", " << overhead_ns;
      // And uses the time it may take.
      EXPECT_GE(gaps[gaps.size() * 99 / 100], 1.5 * median_alone) << prompt_row_ns << ", " << overhead_ns;
    }
  }
}

TEST(Pace, APromptAloneIsComputedInPassesOfOneOrTwoSeconds) {
  Machine machine;
  machine.prompt_row_ns = 5e6;
  Pace pace;
  EXPECT_EQ(pace.choose_prompt_rows(0, 512), 512U);  // nothing is known yet
  pace.note({0, 512}, machine.run({0, 512}));
  for (int i = 0; i < 10; ++i) {
    const size_t rows = pace.choose_prompt_rows(0, 512);
    EXPECT_GE(rows, Pace::kLeastRowsAlone);
    const int64_t elapsed = machine.run({0, rows});
    EXPECT_LE(elapsed, 2'000'000'000) << rows;
    EXPECT_GE(elapsed, 1'000'000'000) << rows;
    pace.note({0, rows}, elapsed);
  }
  machine.prompt_row_ns = 0.1e6;
  for (int i = 0; i < 40; ++i) pace.note({0, 512}, machine.run({0, 512}));
  EXPECT_EQ(pace.choose_prompt_rows(0, 512), 512U);
  EXPECT_EQ(pace.choose_prompt_rows(0, 20), 20U);
}

size_t guess_rows(const Pace& pace, double chance, size_t answers = 1) {
  AnswerPlan plan{answers, static_cast<double>(answers)};
  const size_t n = pace.choose_guess_rows(15, [chance](size_t) { return chance; }, plan);
  EXPECT_EQ(plan.rows, answers + n);
  return n;
}

TEST(Pace, GuessesAreComputedWhereTheyPay) {
  Machine machine;
  Pace pace;
  EXPECT_EQ(guess_rows(pace, 1.0), 0U);  // no pass was measured yet
  for (int i = 0; i < 5; ++i) pace.note({1, 0}, machine.run({1, 0}));
  EXPECT_EQ(guess_rows(pace, 0.1), 0U);
  EXPECT_GT(guess_rows(pace, 0.9), 2U);
  // Cheap rows are worth more guesses, once that is measured.
  const size_t at_first = guess_rows(pace, 0.8);
  for (size_t rows = 2; rows <= 16; ++rows) {
    for (int i = 0; i < 3; ++i) pace.note({rows, 0}, machine.run({rows, 0}));
  }
  EXPECT_GT(guess_rows(pace, 0.8), at_first);
  EXPECT_EQ(guess_rows(pace, 1.0), 15U);
  // Others pay for the rows too.
  EXPECT_LE(guess_rows(pace, 0.3, 4), guess_rows(pace, 0.3, 1));
}

TEST(Pace, GuessesStopWhereRowsAreAsDearAsPasses) {
  Machine machine;
  machine.pass_ns = 1e6;
  machine.answer_row_ns = 100e6;
  Pace pace;
  for (int i = 0; i < 5; ++i) pace.note({1, 0}, machine.run({1, 0}));
  int tried = 0;
  for (int i = 0; i < 300; ++i) {
    const size_t rows = 1 + guess_rows(pace, 0.9);
    if (rows > 1) ++tried;
    pace.note({rows, 0}, machine.run({rows, 0}));
  }
  EXPECT_LE(tried, 20);
  EXPECT_EQ(guess_rows(pace, 0.9), 0U);
}

TEST(Pace, ABusyMomentIsForgotten) {
  Machine machine;
  Pace pace;
  for (int i = 0; i < 5; ++i) pace.note({1, 0}, machine.run({1, 0}));
  for (size_t rows = 2; rows <= 16; ++rows) pace.note({rows, 0}, 20 * machine.run({rows, 0}));
  EXPECT_EQ(guess_rows(pace, 0.9), 0U);
  for (int i = 0; i < 600; ++i) pace.note({1, 0}, machine.run({1, 0}));
  EXPECT_GT(guess_rows(pace, 0.9), 0U);
}

}  // namespace
}  // namespace samovar::engine
