#include "chat/session_history.h"

#include <gtest/gtest.h>

#include <thread>

namespace samovar::chat {
namespace {

using Role = Turn::Role;

std::string spoken(const std::vector<Turn>& turns) {
  std::string text;
  for (const Turn& turn : turns) {
    text += (turn.role == Role::kUser ? "u:" : "a:") + turn.content + (turn.partial ? "~ " : " ");
  }
  return text;
}

TEST(SessionHistory, KeepsAConversation) {
  SessionHistory history({});
  const Snapshot first = history.append_message("c", "one", {});
  history.append_answer("c", first.version, "eins", false);
  const Snapshot second = history.append_message("c", "two", {{.role = Role::kUser, .content = "ignored"}});
  EXPECT_EQ(spoken(second.turns), "u:one a:eins u:two ");
  history.append_answer("c", second.version, "zw", true);
  EXPECT_EQ(spoken(*history.find("c")), "u:one a:eins u:two a:zw~ ");
  EXPECT_FALSE(history.find("other"));
}

TEST(SessionHistory, AnUnknownConversationBeginsAsThePageRemembersIt) {
  SessionHistory history({});
  const std::vector<Turn> fallback = {{.role = Role::kUser, .content = "a"},
                                      {.role = Role::kAssistant, .content = "b"}};
  EXPECT_EQ(spoken(history.append_message("c", "x", fallback).turns), "u:a a:b u:x ");
}

TEST(SessionHistory, RetryDropsTheAnswer) {
  SessionHistory history({});
  const Snapshot first = history.append_message("c", "one", {});
  history.append_answer("c", first.version, "bad", false);
  const std::optional<Snapshot> again = history.drop_answer("c", {});
  ASSERT_TRUE(again);
  EXPECT_EQ(spoken(again->turns), "u:one ");
  EXPECT_FALSE(history.drop_answer("new", {}));
  EXPECT_FALSE(history.drop_answer("new", {{.role = Role::kAssistant, .content = "b"}}));
  EXPECT_EQ(history.n_chats(), 1U) << "nothing made by a refusal";
  EXPECT_EQ(spoken(history.drop_answer("new", {{.role = Role::kUser, .content = "q"}})->turns), "u:q ");
}

TEST(SessionHistory, AnAnswerThatCameTooLateIsNotAdded) {
  SessionHistory history({});
  const Snapshot old = history.append_message("c", "one", {});
  history.forget("c");
  history.append_answer("c", old.version, "late", false);
  EXPECT_FALSE(history.find("c"));
  const Snapshot first = history.append_message("c", "two", {});
  history.append_answer("c", old.version, "late", false);
  EXPECT_EQ(spoken(*history.find("c")), "u:two ");
  history.append_answer("c", first.version, "", false);
  EXPECT_EQ(spoken(*history.find("c")), "u:two ");
}

TEST(SessionHistory, ForgetsWhatWasUnusedForLongest) {
  SessionHistory history({.max_chats = 2, .max_bytes = 1U << 20U});
  history.append_message("a", "1", {});
  history.append_message("b", "2", {});
  history.append_message("a", "3", {});
  history.append_message("c", "4", {});
  EXPECT_TRUE(history.find("a"));
  EXPECT_FALSE(history.find("b"));
  EXPECT_TRUE(history.find("c"));
}

TEST(SessionHistory, HoldsItsBytes) {
  SessionHistory history({.max_chats = 1000, .max_bytes = 10'000});
  for (int i = 0; i < 50; ++i) {
    history.append_message("chat" + std::to_string(i), std::string(1000, 'x'), {});
    EXPECT_LE(history.n_bytes(), 10'000U);
  }
  EXPECT_GT(history.n_chats(), 3U);
  EXPECT_TRUE(history.find("chat49"));
  history.append_message("large", std::string(50'000, 'x'), {});
  EXPECT_EQ(history.n_chats(), 1U) << "the one in use stays";
  history.forget("large");
  EXPECT_EQ(history.n_bytes(), 0U);
}

TEST(SessionHistory, ManyThreads) {
  SessionHistory history({.max_chats = 20, .max_bytes = 50'000});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string chat = "c" + std::to_string((i * 7 + t) % 30);
        const Snapshot snapshot = history.append_message(chat, "question", {});
        history.append_answer(chat, snapshot.version, "answer", i % 2 == 0);
        if (i % 10 == 0) history.forget(chat);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(history.n_chats(), 20U);
  EXPECT_LE(history.n_bytes(), 50'000U);
}

}  // namespace
}  // namespace samovar::chat
