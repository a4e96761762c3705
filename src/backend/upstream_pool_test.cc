#include "backend/upstream_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "backend/answer_recorder.h"
#include "backend/openai_client.h"
#include "http/scripted_server.h"

namespace samovar::backend {
namespace {

using http::ScriptedServer;
using Peer = ScriptedServer::Peer;

constexpr auto kList = R"({"data":[{"id":"m"}]})";

std::string said(const std::string& content) {
  return R"(data: {"choices":[{"index":0,"delta":{"content":")" + content + "\"}}]}\n\n";
}

void answer_whole(const Peer& peer, const std::string& content) {
  peer.send_head(200, "text/event-stream");
  peer.send_chunk(said(content) +
                  "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
  peer.send_end();
}

// Lists its model; what it does with a chat, `chat` says.
ScriptedServer::Script upstream(const std::function<void(const Peer&)>& chat) {
  return [chat](const Peer& peer) {
    if (peer.request().starts_with("GET ")) return peer.answer(200, kList);
    chat(peer);
  };
}

std::unique_ptr<UpstreamPool> make_pool(const std::vector<std::string>& origins,
                                        const UpstreamOptions& options = {}) {
  std::vector<std::shared_ptr<Backend>> upstreams;
  for (const std::string& origin : origins)
    upstreams.push_back(std::make_shared<OpenAiClient>(origin + "/v1", options));
  BoardOptions checks;
  checks.check_soon_ms = 20;
  checks.check_every_ms = 100;
  return std::make_unique<UpstreamPool>(std::move(upstreams), checks);
}

Request question() {
  Request request;
  request.model = "m";
  request.messages = {{.role = "user", .content = "Hi"}};
  return request;
}

std::shared_ptr<AnswerRecorder> ask_pool(UpstreamPool& pool) {
  auto recorder = std::make_shared<AnswerRecorder>();
  const auto handle = pool.generate(question(), recorder);
  recorder->wait();
  return recorder;
}

std::string dead_origin() {
  const ScriptedServer gone([](const Peer&) {});
  return gone.origin();
}

int64_t sum_moved(const UpstreamPool& pool) {
  int64_t sum = 0;
  for (const UpstreamState& state : pool.read_upstreams()) sum += state.moved;
  return sum;
}

TEST(UpstreamPool, WhatFailsBeforeItsFirstWordIsAskedElsewhere) {
  using Script = std::function<void(const Peer&)>;
  const std::vector<std::pair<const char*, Script>> faults = {
      {"closes", [](const Peer&) {}},
      {"resets", [](const Peer& peer) { peer.reset(); }},
      {"500", [](const Peer& peer) { peer.answer(500, R"({"error":{"message":"no luck"}})"); }},
      {"503", [](const Peer& peer) { peer.answer(503, R"({"error":{"message":"full"}})"); }},
      {"429", [](const Peer& peer) { peer.answer(429, "{}"); }},
      {"nonsense", [](const Peer& peer) { peer.answer(200, "<html>hello"); }},
      {"ends at once",
       [](const Peer& peer) {
         peer.send_head(200, "text/event-stream");
         peer.send_end();
       }},
  };
  for (const auto& [name, fault] : faults) {
    const ScriptedServer bad(upstream(fault));
    const ScriptedServer good(upstream([](const Peer& peer) { answer_whole(peer, "good"); }));
    const auto pool = make_pool({bad.origin(), good.origin()});
    for (int i = 0; i < 3; ++i) {
      const auto recorder = ask_pool(*pool);
      ASSERT_TRUE(recorder->summary_) << name << ": " << recorder->error_->message;
      EXPECT_EQ(recorder->text_, "good") << name;
    }
    EXPECT_GE(sum_moved(*pool), 1) << name;
  }
}

TEST(UpstreamPool, OneThatIsNotThereIsNoticed) {
  const ScriptedServer good(upstream([](const Peer& peer) { answer_whole(peer, "good"); }));
  const auto pool = make_pool({dead_origin(), good.origin()});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask_pool(*pool)->text_, "good");
  for (int i = 0; pool->read_upstreams()[0].is_up && i < 500; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(pool->read_upstreams()[0].is_up);
  // From the check that found nobody, or from the question that was taken back because of it.
  const std::string problem = pool->read_upstreams()[0].problem;
  EXPECT_TRUE(problem.find("refused") != std::string::npos || problem.find("went down") != std::string::npos)
      << problem;
  EXPECT_TRUE(pool->read_upstreams()[1].is_up);
}

TEST(UpstreamPool, AfterTheFirstWordNothingIsAskedAgain) {
  std::atomic<int> n_asked{0};
  const auto cuts = upstream([&](const Peer& peer) {
    ++n_asked;
    peer.send_head(200, "text/event-stream");
    peer.send_chunk(said("half"));
  });
  const ScriptedServer one(cuts), other(cuts);
  const auto pool = make_pool({one.origin(), other.origin()});
  const auto recorder = ask_pool(*pool);
  ASSERT_TRUE(recorder->error_);
  EXPECT_EQ(recorder->text_, "half");
  EXPECT_EQ(recorder->error_->code, Code::kUnavailable);
  EXPECT_EQ(n_asked, 1);
}

TEST(UpstreamPool, WhenAllFailAllAreNamed) {
  const std::string a = dead_origin(), b = dead_origin();
  const auto pool = make_pool({a, b});
  const auto recorder = ask_pool(*pool);
  ASSERT_TRUE(recorder->error_);
  EXPECT_EQ(recorder->error_->code, Code::kUnavailable);
  EXPECT_NE(recorder->error_->message.find(a), std::string::npos) << recorder->error_->message;
  EXPECT_NE(recorder->error_->message.find(b), std::string::npos) << recorder->error_->message;
}

TEST(UpstreamPool, TheRequestsOwnFaultIsToldAtOnce) {
  std::atomic<int> n_asked{0};
  const auto refuses = upstream([&](const Peer& peer) {
    ++n_asked;
    peer.answer(400, R"({"error":{"message":"temperature: too hot"}})");
  });
  const ScriptedServer one(refuses), other(refuses);
  const auto pool = make_pool({one.origin(), other.origin()});
  const auto recorder = ask_pool(*pool);
  ASSERT_TRUE(recorder->error_);
  EXPECT_EQ(recorder->error_->message, "temperature: too hot");
  EXPECT_EQ(n_asked, 1);
}

TEST(UpstreamPool, OneThatHangsIsLeftWhenItsCheckFails) {
  std::atomic<bool> hangs{false};
  std::promise<void> asked;
  const ScriptedServer hanging([&](const Peer& peer) {
    if (peer.request().starts_with("GET ") && !hangs) return peer.answer(200, kList);
    if (peer.request().starts_with("POST ")) {
      hangs = true;
      asked.set_value();
    }
    peer.wait_closed();
  });
  const auto pool = make_pool({hanging.origin()}, {.query_limit_ms = 100});
  auto recorder = std::make_shared<AnswerRecorder>();
  const auto handle = pool->generate(question(), recorder);
  asked.get_future().wait();
  recorder->wait();
  ASSERT_TRUE(recorder->error_);
  EXPECT_EQ(recorder->error_->code, Code::kUnavailable);
  EXPECT_NE(recorder->error_->message.find("went down before its answer began"), std::string::npos)
      << recorder->error_->message;
}

TEST(UpstreamPool, CancelEndsItWithoutAskingAgain) {
  std::atomic<int> n_asked{0};
  std::promise<void> asked;
  const auto waits = upstream([&](const Peer& peer) {
    if (++n_asked == 1) asked.set_value();
    peer.wait_closed();
  });
  const ScriptedServer one(waits), other(waits);
  const auto pool = make_pool({one.origin(), other.origin()});
  auto recorder = std::make_shared<AnswerRecorder>();
  const auto handle = pool->generate(question(), recorder);
  asked.get_future().wait();
  handle->cancel();
  recorder->wait();
  EXPECT_EQ(recorder->error_->code, Code::kCancelled);
  EXPECT_EQ(n_asked, 1);
}

TEST(UpstreamPool, ListsWhatAnyOfThemHasAndEndsWithRequestsUnderWay) {
  const auto waits = upstream([](const Peer& peer) { peer.wait_closed(); });
  const ScriptedServer one(waits), other(waits);
  auto pool = make_pool({one.origin(), other.origin(), dead_origin()});
  std::promise<Result<std::vector<ModelSummary>>> listed;
  pool->list([&](Result<std::vector<ModelSummary>> models) { listed.set_value(std::move(models)); });
  const auto models = listed.get_future().get();
  ASSERT_TRUE(models) << models.error().message;
  EXPECT_EQ(models->size(), 1U);
  auto recorder = std::make_shared<AnswerRecorder>();
  const auto handle = pool->generate(question(), recorder);
  pool.reset();
  recorder->wait();
  EXPECT_EQ(recorder->error_->code, Code::kCancelled);
}

}  // namespace
}  // namespace samovar::backend
