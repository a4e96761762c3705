#include "engine/engine.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>

#include "kernels/table.h"

namespace samovar::engine {
namespace {

// Collects one generation; the test's thread waits for its end.
class Recorder : public GenerationListener {
 public:
  void on_queued(int64_t place) override {
    const std::lock_guard lock(mutex_);
    places.push_back(place);
  }
  void on_started() override {
    const std::lock_guard lock(mutex_);
    started = true;
    changed_.notify_all();
  }
  void on_text(std::string piece, std::vector<TokenText> tokens) override {
    if (on_piece) on_piece();
    const std::lock_guard lock(mutex_);
    text += piece;
    ++n_pieces;
    logprobs.insert(logprobs.end(), tokens.begin(), tokens.end());
    changed_.notify_all();
  }
  void on_done(GenerationStats result) override {
    const std::lock_guard lock(mutex_);
    stats = std::move(result);
    ended = std::chrono::steady_clock::now();
    over = true;
    changed_.notify_all();
  }
  void on_failed(Error failure) override {
    const std::lock_guard lock(mutex_);
    error = std::move(failure);
    ended = std::chrono::steady_clock::now();
    over = true;
    changed_.notify_all();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [this] { return over; }));
  }

  std::function<void()> on_piece;
  std::string text;
  std::vector<int64_t> places;
  std::vector<TokenText> logprobs;
  int n_pieces = 0;
  bool started = false;
  bool over = false;
  std::optional<Error> error;
  GenerationStats stats;
  SteadyTime ended;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class EngineTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    pool = new platform::ThreadPool(2);
    auto loaded = model::load_model(std::string(SAMOVAR_TEST_DATA) + "/model/tiny-llama.gguf", {},
                                    kernels::table(), *pool);
    ASSERT_TRUE(loaded) << loaded.error().message;
    tiny = *loaded;
  }
  static void TearDownTestSuite() {
    tiny.reset();
    delete pool;
  }

  static std::unique_ptr<Engine> make(size_t n_slots, size_t max_queue = 100,
                                      Guesses guesses = Guesses::kWhereTheyPay) {
    EngineOptions options;
    options.n_slots = n_slots;
    options.max_queue = max_queue;
    options.guesses = guesses;
    return std::move(*Engine::make(tiny, *pool, options));
  }

  static GenerationRequest ask(const std::string& text, int64_t max_tokens = 24) {
    GenerationRequest request;
    request.prompt = tiny->tokenizer->encode(text, text::Specials::kParse);
    request.sampling.temperature = 0.0F;
    request.max_tokens = max_tokens;
    return request;
  }

  static std::shared_ptr<Recorder> start(Engine& engine, GenerationRequest request) {
    auto recorder = std::make_shared<Recorder>();
    const auto generation = engine.submit(std::move(request), recorder);
    EXPECT_TRUE(generation);
    return recorder;
  }

  static GenerationStats finish(Engine& engine, GenerationRequest request) {
    const auto recorder = start(engine, std::move(request));
    recorder->wait();
    EXPECT_FALSE(recorder->error);
    return recorder->stats;
  }

  static inline platform::ThreadPool* pool = nullptr;
  static inline std::shared_ptr<const model::Model> tiny;
};

TEST_F(EngineTest, GreedyAnswersAreTheSameAloneAndInCompany) {
  const std::vector<std::string> prompts = {"hello the world", "the tea", "one two three four five six", "x"};
  std::vector<std::vector<text::TokenId>> alone;
  for (const std::string& prompt : prompts) {
    const auto engine = make(1);
    alone.push_back(finish(*engine, ask(prompt)).tokens);
    EXPECT_GT(alone.back().size(), prompt.size() / 8);
  }
  const auto engine = make(3);  // the fourth waits for a slot
  std::vector<std::shared_ptr<Recorder>> together;
  for (const std::string& prompt : prompts) together.push_back(start(*engine, ask(prompt)));
  for (size_t i = 0; i < prompts.size(); ++i) {
    together[i]->wait();
    EXPECT_EQ(together[i]->stats.tokens, alone[i]) << prompts[i];
  }
}

TEST_F(EngineTest, ASecondTurnComputesOnlyItsNewTokens) {
  const auto engine = make(2);
  const GenerationStats first = finish(*engine, ask("hello the world, this is a long beginning"));
  EXPECT_EQ(first.cached_tokens, 0);
  GenerationRequest second = ask("");
  second.prompt = first.tokens;
  const auto more = tiny->tokenizer->encode(" and more", text::Specials::kParse);
  second.prompt.insert(second.prompt.end(), more.begin(), more.end());
  const GenerationStats warm = finish(*engine, second);
  // All but the answer's last token, which was never computed.
  EXPECT_GE(warm.cached_tokens, static_cast<int64_t>(first.tokens.size()) - 1);
  const auto fresh = make(1);
  EXPECT_EQ(finish(*fresh, second).tokens, warm.tokens);
}

TEST_F(EngineTest, AnAbandonedBeginningDoesNotLeakIntoTheNextAnswer) {
  const auto engine = make(1);
  finish(*engine, ask("hello the first question is long enough to be overwritten"));
  const auto reused = finish(*engine, ask("hello the second"));
  EXPECT_GT(reused.cached_tokens, 0);
  const auto fresh = make(1);
  EXPECT_EQ(finish(*fresh, ask("hello the second")).tokens, reused.tokens);
}

TEST_F(EngineTest, AConversationIsKeptWhileAnotherUsesItsSlot) {
  const auto engine = make(1);
  const GenerationStats first = finish(*engine, ask("hello the world, this is a long beginning"));
  finish(*engine, ask("something else altogether, and long enough to matter"));
  GenerationRequest second = ask("");
  second.prompt = first.tokens;
  const auto more = tiny->tokenizer->encode(" and more", text::Specials::kParse);
  second.prompt.insert(second.prompt.end(), more.begin(), more.end());
  EXPECT_GE(finish(*engine, second).cached_tokens, static_cast<int64_t>(first.tokens.size()) - 1);
}

// What every option leaves of an answer, with and without tokens computed ahead.
TEST_F(EngineTest, GuessesChangeNoText) {
  const std::string text = "one two three four five six seven one two three four five six seven one two";
  GenerationRequest greedy = ask(text, 60);
  GenerationRequest seeded = greedy;
  seeded.sampling.temperature = 0.7F;
  seeded.sampling.seed = 11;
  GenerationRequest penalised = seeded;
  penalised.sampling.repeat_penalty = 1.2F;
  penalised.sampling.frequency_penalty = 0.3F;
  GenerationRequest stopped = greedy;
  stopped.stops = {"e"};
  GenerationRequest told = seeded;
  told.logprobs = true;
  told.top_logprobs = 2;
  GenerationRequest full = greedy;
  full.n_ctx = full.prompt.size() + 17;
  const auto plain = make(1, 100, Guesses::kNever);
  const auto guessing = make(3, 100, Guesses::kAlways);
  int64_t n_right = 0;
  int64_t n_wrong = 0;
  for (const GenerationRequest& request : {greedy, seeded, penalised, stopped, told, full}) {
    const auto expected = start(*plain, request);
    expected->wait();
    const auto beside = start(*guessing, ask("the world", 80));
    const auto actual = start(*guessing, request);
    actual->wait();
    beside->wait();
    EXPECT_EQ(actual->stats.tokens, expected->stats.tokens);
    EXPECT_EQ(actual->text, expected->text);
    EXPECT_EQ(actual->stats.reason, expected->stats.reason);
    EXPECT_EQ(actual->stats.answer_tokens, expected->stats.answer_tokens);
    ASSERT_EQ(actual->logprobs.size(), expected->logprobs.size());
    for (size_t i = 0; i < actual->logprobs.size(); ++i) {
      EXPECT_EQ(actual->logprobs[i].logprob, expected->logprobs[i].logprob);
    }
    EXPECT_EQ(expected->stats.guessed_tokens, 0);
    n_right += actual->stats.guessed_right;
    n_wrong += actual->stats.guessed_tokens - actual->stats.guessed_right;
  }
  EXPECT_GT(n_right, 0);
  EXPECT_GT(n_wrong, 0);
}

TEST_F(EngineTest, WaitersAreServedInOrderAndToldTheirPlace) {
  const auto engine = make(1);
  std::vector<std::shared_ptr<Recorder>> all;
  for (int i = 0; i < 4; ++i) all.push_back(start(*engine, ask("the question", 40)));
  for (const auto& recorder : all) recorder->wait();
  for (size_t i = 1; i < all.size(); ++i) EXPECT_LE(all[i - 1]->ended, all[i]->ended);
  ASSERT_FALSE(all[3]->places.empty());
  EXPECT_EQ(all[3]->places.back(), 1);
  for (size_t i = 1; i < all[3]->places.size(); ++i) EXPECT_LT(all[3]->places[i], all[3]->places[i - 1]);
}

TEST_F(EngineTest, ManyRequestsOfOneClientDoNotKeepAnothersWaiting) {
  const auto engine = make(1);
  std::vector<std::shared_ptr<Recorder>> many;
  GenerationRequest request = ask("the question", 30);
  request.client = "greedy";
  for (int i = 0; i < 12; ++i) many.push_back(start(*engine, request));
  request.client = "modest";
  const auto one = start(*engine, request);
  one->wait();
  for (const auto& recorder : many) recorder->wait();
  EXPECT_LT(one->ended, many[4]->ended);
}

TEST_F(EngineTest, CancelStopsWithinOneToken) {
  const auto engine = make(1);
  auto recorder = std::make_shared<Recorder>();
  std::shared_ptr<Generation> generation;
  std::mutex ready;
  ready.lock();
  recorder->on_piece = [&] {
    const std::lock_guard lock(ready);
    generation->cancel();
  };
  generation = *engine->submit(ask("hello the world", 200), recorder);
  ready.unlock();
  recorder->wait();
  ASSERT_TRUE(recorder->error);
  EXPECT_EQ(recorder->error->code, Code::kCancelled);
  EXPECT_EQ(recorder->n_pieces, 1);
}

TEST_F(EngineTest, CancelWorksWhileWaiting) {
  const auto engine = make(1);
  const auto busy = start(*engine, ask("hello", 200));
  auto waiting = std::make_shared<Recorder>();
  const auto generation = *engine->submit(ask("hello", 200), waiting);
  generation->cancel();
  waiting->wait();
  ASSERT_TRUE(waiting->error);
  EXPECT_EQ(waiting->error->code, Code::kCancelled);
  EXPECT_TRUE(waiting->text.empty());
  busy->wait();
}

TEST_F(EngineTest, WhatYieldsRunsOnlyWhileNobodyElseAsks) {
  const auto engine = make(2);
  GenerationRequest idle = ask("hello", 2000);
  idle.yields = true;
  const auto yielding = std::make_shared<Recorder>();
  ASSERT_TRUE(engine->submit(idle, yielding));
  const auto second = engine->submit(idle, std::make_shared<Recorder>());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kBusy);
  EXPECT_GT(finish(*engine, ask("the tea", 8)).answer_tokens, 0);
  yielding->wait();
  ASSERT_TRUE(yielding->error);
  EXPECT_EQ(yielding->error->code, Code::kCancelled);
}

TEST_F(EngineTest, DeadlineEndsRunningAndWaitingGenerations) {
  const auto engine = make(1);
  GenerationRequest late = ask("hello", 200);
  late.deadline = std::chrono::steady_clock::now() - std::chrono::milliseconds(1);
  const auto recorder = start(*engine, late);
  recorder->wait();
  ASSERT_TRUE(recorder->error);
  EXPECT_EQ(recorder->error->code, Code::kTimeout);
}

TEST_F(EngineTest, LimitsOfLength) {
  const auto engine = make(1);
  const GenerationStats none = finish(*engine, ask("hello", 0));
  EXPECT_EQ(none.answer_tokens, 0);
  EXPECT_EQ(none.reason, StopReason::kLength);
  const GenerationStats three = finish(*engine, ask("hello the", 3));
  EXPECT_EQ(three.answer_tokens, 3);
  EXPECT_EQ(three.reason, StopReason::kLength);
  GenerationRequest full = ask("hello the world", -1);
  full.n_ctx = full.prompt.size() + 5;
  const GenerationStats context = finish(*engine, full);
  EXPECT_EQ(context.answer_tokens, 5);
  EXPECT_EQ(context.reason, StopReason::kLength);
}

TEST_F(EngineTest, RefusalsNameTheirFigures) {
  const auto engine = make(1, 1);
  const auto listener = std::make_shared<Recorder>();
  GenerationRequest request = ask(std::string(300, 'x'));
  const auto too_long = engine->submit(request, listener);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, Code::kTooLong);
  EXPECT_NE(too_long.error().message.find("300"), std::string::npos);
  EXPECT_NE(too_long.error().message.find("256"), std::string::npos) << too_long.error().message;
  request.prompt = {5, 100000};
  EXPECT_EQ(engine->submit(request, listener).error().code, Code::kInvalidArgument);
  request.prompt = {};
  EXPECT_EQ(engine->submit(request, listener).error().code, Code::kInvalidArgument);
}

TEST_F(EngineTest, AFullQueueRefuses) {
  const auto engine = make(1, 2);
  std::vector<std::shared_ptr<Recorder>> accepted;
  int refused = 0;
  for (int i = 0; i < 12; ++i) {
    auto recorder = std::make_shared<Recorder>();
    const auto generation = engine->submit(ask("hello", 60), recorder);
    if (generation) {
      accepted.push_back(recorder);
    } else {
      EXPECT_EQ(generation.error().code, Code::kBusy);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  for (const auto& recorder : accepted) recorder->wait();
}

TEST_F(EngineTest, StopStringsCutTheAnswer) {
  const auto engine = make(1);
  const auto whole = start(*engine, ask("hello the world", 40));
  whole->wait();
  ASSERT_GT(whole->text.size(), 6U);
  GenerationRequest request = ask("hello the world", 40);
  request.stops = {whole->text.substr(3, 2)};
  const auto cut = start(*engine, request);
  cut->wait();
  EXPECT_EQ(cut->text, whole->text.substr(0, whole->text.find(request.stops[0])));
  EXPECT_EQ(cut->stats.reason, StopReason::kStopString);
}

TEST_F(EngineTest, SeedsRepeatAndLogprobsAddUp) {
  const auto engine = make(2);
  GenerationRequest request = ask("hello the world", 20);
  request.sampling.temperature = 1.5F;
  request.sampling.seed = 42;
  request.logprobs = true;
  request.top_logprobs = 3;
  const auto first = start(*engine, request);
  first->wait();
  EXPECT_EQ(finish(*engine, request).tokens, first->stats.tokens);
  request.sampling.seed = 43;
  EXPECT_NE(finish(*engine, request).tokens, first->stats.tokens);
  ASSERT_FALSE(first->logprobs.empty());
  for (const TokenText& token : first->logprobs) {
    EXPECT_LE(token.logprob, 0.0F);
    ASSERT_EQ(token.top.size(), 3U);
    EXPECT_GE(token.top[0].logprob, token.top[1].logprob);
    EXPECT_GE(token.top[0].logprob, token.logprob);
  }
}

TEST_F(EngineTest, DestroyingItEndsWhatIsUnderWay) {
  auto engine = make(1);
  const auto running = start(*engine, ask("hello", 230));
  const auto waiting = start(*engine, ask("hello", 230));
  engine.reset();
  EXPECT_TRUE(running->over);
  EXPECT_TRUE(waiting->over);
}

}  // namespace
}  // namespace samovar::engine
