#include "backend/gate.h"

#include <gtest/gtest.h>

namespace samovar::backend {
namespace {

// Keeps its runs for the test to drive.
class HeldBackend : public Backend {
 public:
  struct Held : Run {
    void cancel() override { ++cancels; }
    std::shared_ptr<Listener> listener;
    int cancels = 0;
  };
  std::shared_ptr<Run> generate(Request, std::shared_ptr<Listener> listener) override {
    held.push_back(std::make_shared<Held>());
    held.back()->listener = std::move(listener);
    return held.back();
  }
  void list(Callback<std::vector<ModelSummary>>) override {}
  void list_loaded(Callback<std::vector<LoadedModel>>) override {}
  void describe(std::string, bool, Callback<ModelDescription>) override {}
  void check_ready(Callback<bool>) override {}
  [[nodiscard]] std::string place() const override { return "test"; }

  std::vector<std::shared_ptr<Held>> held;
};

struct Ended : Listener {
  void on_piece(Piece) override {}
  void on_done(Summary) override { ++n_done; }
  void on_failed(Error failure) override { error = std::move(failure); }
  int n_done = 0;
  std::optional<Error> error;
};

class GateTest : public testing::Test {
 protected:
  GateTest()
      : inner_(std::make_shared<HeldBackend>()),
        gate_(inner_, {.max_waiting = 2, .parallel = 1, .now_ns = [this] { return now_ns_; }}) {}

  struct Sent {
    std::shared_ptr<backend::Run> run;
    std::shared_ptr<Ended> ended = std::make_shared<Ended>();
  };
  Sent send(const std::string& client) {
    Sent out;
    Request request;
    request.client = client;
    request.model = "tea";
    out.run = gate_.generate(std::move(request), out.ended);
    return out;
  }
  void pass_seconds(double seconds) { now_ns_ += static_cast<int64_t>(seconds * 1e9); }

  int64_t now_ns_ = 1'000'000'000;
  std::shared_ptr<HeldBackend> inner_;
  Gate gate_;
};

TEST_F(GateTest, RefusesWhenTheLineIsFullAndNotBefore) {
  std::vector<Sent> sent;
  for (int i = 0; i < 3; ++i) sent.push_back(send("a"));  // the free place counts too
  EXPECT_EQ(inner_->held.size(), 3U);
  const Sent refused = send("b");
  ASSERT_TRUE(refused.ended->error);
  EXPECT_EQ(refused.ended->error->code, Code::kBusy);
  refused.run->cancel();
  inner_->held[0]->listener->on_started();
  EXPECT_TRUE(send("b").ended->error);  // one runs, two wait
  inner_->held[0]->listener->on_done({});
  EXPECT_FALSE(send("b").ended->error);
}

TEST_F(GateTest, OneClientMayHaveSoManyAndNoMore) {
  Gate gate(inner_,
            {.max_waiting = 9, .parallel = 1, .max_per_client = 2, .now_ns = [this] { return now_ns_; }});
  const auto ask = [&](const std::string& client) {
    Request request;
    request.client = client;
    const auto ended = std::make_shared<Ended>();
    return std::pair(gate.generate(std::move(request), ended), ended);
  };
  const auto first = ask("anna");
  const auto second = ask("anna");
  const auto refused = ask("anna").second;
  ASSERT_TRUE(refused->error);
  EXPECT_EQ(refused->error->code, Code::kTooManyRequests);
  EXPECT_NE(refused->error->message.find("2 answers under way"), std::string::npos)
      << refused->error->message;
  EXPECT_FALSE(ask("boris").second->error) << "others are not concerned";
  inner_->held[0]->listener->on_done({});
  EXPECT_FALSE(ask("anna").second->error);
  EXPECT_TRUE(ask("anna").second->error);
  second.first->cancel();
  EXPECT_FALSE(ask("anna").second->error) << "who waits no more leaves a place";
}

TEST_F(GateTest, WhoCancelsLeavesTheLineAtOnce) {
  const Sent first = send("a");
  const Sent second = send("a");
  EXPECT_EQ(gate_.read_queue().waiting, 2U);
  second.run->cancel();
  EXPECT_EQ(inner_->held[1]->cancels, 1);
  EXPECT_EQ(gate_.read_queue().waiting, 1U);
  inner_->held[1]->listener->on_failed({Code::kCancelled, ""});  // the backend notices later
  EXPECT_EQ(gate_.read_queue().waiting, 1U);
  EXPECT_TRUE(second.ended->error);
}

TEST_F(GateTest, KnowsPlacesAndHowLongItTakes) {
  const Sent first = send("a");
  const auto run = inner_->held[0];
  run->listener->on_started();
  pass_seconds(10);
  EXPECT_EQ(gate_.read_queue().expected_wait_seconds(1), 0);  // nothing has ended yet
  EXPECT_EQ(gate_.retry_after_seconds(), 5);
  run->listener->on_done({});
  const Sent second = send("a");
  const Sent third = send("b");
  inner_->held[1]->listener->on_started();
  inner_->held[2]->listener->on_queued(1);
  pass_seconds(2);
  const QueueState state = gate_.read_queue();
  EXPECT_EQ(state.running, 1U);
  EXPECT_EQ(state.waiting, 1U);
  EXPECT_EQ(state.waiting_clients, 1U);
  ASSERT_EQ(state.requests.size(), 2U);
  EXPECT_FALSE(state.requests[0].waiting);
  EXPECT_EQ(state.requests[1].client, "b");
  EXPECT_EQ(state.requests[1].place, 1);
  EXPECT_EQ(state.requests[1].waited_ns, 2'000'000'000);
  EXPECT_DOUBLE_EQ(state.expected_wait_seconds(1), 10);
  EXPECT_EQ(gate_.retry_after_seconds(), 10);
}

TEST_F(GateTest, Measures) {
  const Sent sent = send("a");
  Listener& listener = *inner_->held[0]->listener;
  pass_seconds(1);
  listener.on_started();
  pass_seconds(1);
  listener.on_piece({});
  pass_seconds(0.02);
  listener.on_piece({});
  Summary summary;
  summary.done_reason = "stop";
  summary.prompt_tokens = 7;
  summary.cached_tokens = 3;
  summary.answer_tokens = 2;
  listener.on_done(summary);
  const Measures& measures = gate_.measures();
  EXPECT_DOUBLE_EQ(measures.queue_wait_seconds.read().sum, 1);
  EXPECT_DOUBLE_EQ(measures.first_token_seconds.read().sum, 2);
  EXPECT_EQ(measures.between_tokens_seconds.read().count, 1);
  EXPECT_EQ(measures.tokens().at("tea:latest").cached, 3);
  EXPECT_EQ(measures.answers().at("stop"), 1);
}

TEST(Histogram, CountsWhatIsAtMostEachBound) {
  Histogram histogram({1, 2});
  for (const double value : {0.5, 1.0, 1.5, 9.0}) histogram.observe(value);
  const Histogram::Figures figures = histogram.read();
  EXPECT_EQ(figures.at_most, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(figures.count, 4);
  EXPECT_DOUBLE_EQ(figures.sum, 12);
}

TEST(Measures, ModelsAreBounded) {
  Measures measures;
  for (int i = 0; i < 200; ++i) measures.add_tokens("m" + std::to_string(i), {.prompt = 1});
  EXPECT_EQ(measures.tokens().size(), 101U);
  EXPECT_EQ(measures.tokens().at("other").prompt, 100);
}

}  // namespace
}  // namespace samovar::backend
