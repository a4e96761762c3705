#include "app/conversation.h"

#include <gtest/gtest.h>

#include <thread>

#include "app/fake_backend_test.h"

namespace samovar::app {
namespace {

const Conversation::Sink kIgnore = [](std::string_view, bool) {};

TEST(Conversation, SendsEverythingSaidSoFar) {
  FakeBackend backend;
  Conversation conversation(backend, {.model = "m", .system = "Be brief."});
  ASSERT_TRUE(conversation.ask("One", kIgnore));
  ASSERT_TRUE(conversation.ask("Two", kIgnore));
  const auto& messages = backend.requests.back().messages;
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[0].role, "system");
  EXPECT_EQ(messages[0].content, "Be brief.");
  EXPECT_EQ(messages[1].content, "One");
  EXPECT_EQ(messages[2].role, "assistant");
  EXPECT_EQ(messages[2].content, "Hello.");
  EXPECT_EQ(messages[3].content, "Two");
}

TEST(Conversation, StreamsPiecesInOrder) {
  FakeBackend backend;
  backend.pieces = {{.thinking = "hm"}, {.content = "a"}, {.content = "b"}};
  Conversation conversation(backend, {.model = "m"});
  std::string seen;
  ASSERT_TRUE(conversation.ask("x", [&](std::string_view text, bool thinking) {
    seen += (thinking ? "[" : "(") + std::string(text) + (thinking ? "]" : ")");
  }));
  EXPECT_EQ(seen, "[hm](a)(b)");
  EXPECT_EQ(conversation.history().back().thinking, "hm");
}

TEST(Conversation, FailedMessageIsForgotten) {
  FakeBackend backend;
  backend.failure = Error{Code::kNotFound, "model 'm' not found"};
  Conversation conversation(backend, {.model = "m"});
  const auto result = conversation.ask("x", kIgnore);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "model 'm' not found");
  EXPECT_TRUE(conversation.history().empty());
}

TEST(Conversation, WithoutHistoryEveryMessageStandsAlone) {
  FakeBackend backend;
  Conversation conversation(backend, {.model = "m", .keep_history = false});
  ASSERT_TRUE(conversation.ask("One", kIgnore));
  ASSERT_TRUE(conversation.ask("Two", kIgnore));
  EXPECT_EQ(backend.requests.back().messages.size(), 1U);
}

// Answers only once it is cancelled.
class EndlessBackend : public FakeBackend {
 public:
  class EndlessRun : public backend::Run {
   public:
    explicit EndlessRun(std::shared_ptr<backend::Listener> listener) : listener_(std::move(listener)) {}
    void cancel() override { listener_->on_failed({Code::kCancelled, "cancelled"}); }

   private:
    std::shared_ptr<backend::Listener> listener_;
  };
  std::shared_ptr<backend::Run> generate(backend::Request /*request*/,
                                         std::shared_ptr<backend::Listener> listener) override {
    listener->on_piece({.content = "part"});
    return std::make_shared<EndlessRun>(std::move(listener));
  }
};

TEST(Conversation, InterruptedAnswerStaysInTheHistory) {
  EndlessBackend backend;
  Conversation conversation(backend, {.model = "m"});
  const auto result = conversation.ask("x", [&](std::string_view, bool) { conversation.interrupt(); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kCancelled);
  ASSERT_EQ(conversation.history().size(), 2U);
  EXPECT_EQ(conversation.history().back().content, "part");
}

}  // namespace
}  // namespace samovar::app
