// Measures a whole answer to a prompt: token by token, and with tokens computed ahead where the conversation
// repeats itself (engine/lookup.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "app/bench.h"
#include "base/result.h"
#include "model/model.h"

namespace samovar::app {

struct AnswerBenchPlan {
  std::string prompt;  // as the model reads it: no template is put around it
  size_t tokens = 64;  // of the answer, at most
  size_t repeats = 5;  // of each way, in turn
};

struct AnswerBenchResult {
  size_t threads = 0;
  Spread plain_tokens_per_s;
  Spread guessing_tokens_per_s;
  int64_t prompt_tokens = 0;
  int64_t answer_tokens = 0;
  int64_t guessed_tokens = 0;  // of one answer
  int64_t guessed_right = 0;
  bool same_text = true;  // both ways, every time
};

// Fails as engine::Engine::make and submit do.
[[nodiscard]] Result<AnswerBenchResult> run_answer_bench(const std::shared_ptr<const model::Model>& model,
                                                         const AnswerBenchPlan& plan, size_t threads);

}  // namespace samovar::app
