#include "app/bench_answer.h"

#include <algorithm>
#include <future>

#include "engine/engine.h"

namespace samovar::app {
namespace {

class AnswerWaiter : public engine::GenerationListener {
 public:
  void on_queued(int64_t) override {}
  void on_started() override {}
  void on_text(std::string, std::vector<engine::TokenText>) override {}
  void on_done(engine::GenerationStats stats) override { result.set_value(std::move(stats)); }
  void on_failed(Error error) override { result.set_value(std::move(error)); }

  std::promise<Result<engine::GenerationStats>> result;
};

Result<engine::GenerationStats> answer(engine::Engine& engine, const engine::GenerationRequest& request) {
  const auto waiter = std::make_shared<AnswerWaiter>();
  auto result = waiter->result.get_future();
  const auto generation = engine.submit(request, waiter);
  if (!generation) return generation.error();
  return result.get();
}

double tokens_per_s(const engine::GenerationStats& stats) {
  return static_cast<double>(stats.answer_tokens - 1) * 1e9 /
         static_cast<double>(std::max<int64_t>(1, stats.answer_ns));
}

}  // namespace

Result<AnswerBenchResult> run_answer_bench(const std::shared_ptr<const model::Model>& model,
                                           const AnswerBenchPlan& plan, size_t threads) {
  platform::ThreadPool pool(threads);  // the two engines compute in turn, never at once
  engine::GenerationRequest request;
  const text::Vocabulary& vocabulary = model->tokenizer->vocabulary();
  if (vocabulary.add_bos) request.prompt.push_back(vocabulary.bos_id);
  const auto encoded = model->tokenizer->encode(plan.prompt, text::Specials::kParse);
  request.prompt.insert(request.prompt.end(), encoded.begin(), encoded.end());
  request.sampling.temperature = 0.0F;
  request.max_tokens = static_cast<int64_t>(plan.tokens);
  request.n_ctx = request.prompt.size() + plan.tokens + 1;
  engine::EngineOptions options;
  options.n_slots = 1;
  options.n_ctx = request.n_ctx;
  options.guesses = engine::Guesses::kNever;
  const auto plain = engine::Engine::make(model, pool, options);
  if (!plain) return plain.error();
  options.guesses = engine::Guesses::kWhereTheyPay;
  const auto guessing = engine::Engine::make(model, pool, options);
  if (!guessing) return guessing.error();

  AnswerBenchResult out;
  out.threads = threads;
  std::vector<double> plain_rates;
  std::vector<double> guessing_rates;
  std::vector<text::TokenId> first_tokens;
  for (size_t i = 0; i < 2 * plan.repeats; ++i) {
    const bool guesses = i % 2 == 1;
    const auto stats = answer(guesses ? **guessing : **plain, request);
    if (!stats) return stats.error();
    (guesses ? guessing_rates : plain_rates).push_back(tokens_per_s(*stats));
    if (i == 0) first_tokens = stats->tokens;
    out.same_text = out.same_text && stats->tokens == first_tokens;
    out.prompt_tokens = stats->prompt_tokens;
    out.answer_tokens = stats->answer_tokens;
    out.guessed_tokens = std::max(out.guessed_tokens, stats->guessed_tokens);
    out.guessed_right = std::max(out.guessed_right, stats->guessed_right);
  }
  out.plain_tokens_per_s = spread_of(std::move(plain_rates));
  out.guessing_tokens_per_s = spread_of(std::move(guessing_rates));
  return out;
}

}  // namespace samovar::app
