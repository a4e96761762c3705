// What is PostgreSQL's alone: servers that share it, connections that are lost.
#include "history/postgres_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

#include "history/archive.h"
#include "history/store_fixture.h"

namespace samovar::history {
namespace {

using namespace std::chrono_literals;

Chat add_shared_chat(Store& store, const std::string& id) {
  Chat chat;
  chat.owner = "anna";
  chat.id = id;
  EXPECT_TRUE(store.put_chat(chat));
  return chat;
}

Message make_answer(const Chat& chat, const std::string& id, MessageState state) {
  Message message;
  message.chat = chat.key;
  message.id = id;
  message.role = Role::kAssistant;
  message.content = "слова " + id;
  message.state = state;
  return message;
}

Result<void> wait_written(Archive& archive, Archive::Work<void> work) {
  std::promise<Result<void>> promise;
  archive.write<void>(std::move(work), [&](Result<void> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

std::unique_ptr<Archive> open_server_archive(const TestPlace& place, int64_t number) {
  auto reader = PostgresDatabase::open({.url = place.get().url, .read_only = true});
  EXPECT_TRUE(reader) << reader.error().message;
  return std::make_unique<Archive>(place.open(number), std::make_unique<SqlStore>(*std::move(reader)));
}

void break_connections(const TestPlace& place) {
  TestPlace::run_on_server("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
                           place.database() + "'");
}

TEST(PostgresServers, OnlyAnswersOfServersThatAreGoneAreCut) {
  const TestPlace place(StoreKind::kPostgres);
  auto first = place.open(1);
  auto second = place.open(2);
  const Chat chat = add_shared_chat(*first, "c1");
  Message of_first = make_answer(chat, "a1", MessageState::kStreaming);
  Message of_second = make_answer(chat, "a2", MessageState::kStreaming);
  ASSERT_TRUE(first->put_message(of_first));
  ASSERT_TRUE(second->put_message(of_second));
  EXPECT_EQ(*second->mark_cut(Store::CutBy::kGone), 0) << "the first is at work";
  EXPECT_TRUE(*second->is_answered_elsewhere(chat.key));
  EXPECT_EQ(*count_servers(dynamic_cast<PostgresDatabase&>(second->database()), 2), 1);
  first.reset();
  int64_t n_cut = 0;
  for (int i = 0; i < 100 && n_cut == 0; ++i) {
    n_cut = *second->mark_cut(Store::CutBy::kGone);
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(n_cut, 1);
  EXPECT_EQ((*second->find_message(chat.key, "a1"))->state, MessageState::kCut);
  EXPECT_EQ((*second->find_message(chat.key, "a2"))->state, MessageState::kStreaming);
  EXPECT_EQ(second->search("anna", "слово a1", 5)->size(), 1U) << "a cut answer is found";
  of_second.state = MessageState::kComplete;
  ASSERT_TRUE(second->put_message(of_second));
  EXPECT_FALSE(*second->is_answered_elsewhere(chat.key));
}

// Each writes into both chats, in opposite orders: waiting for each other is what the database ends.
TEST(PostgresServers, TwoServersWriteIntoTheSameChatsWithoutLosingAnything) {
  constexpr int kWrites = 10;
  const TestPlace place(StoreKind::kPostgres);
  {
    auto store = place.open();
    add_shared_chat(*store, "c1");
    add_shared_chat(*store, "c2");
  }
  const auto run = [&](int64_t server) {
    const auto archive = open_server_archive(place, server);
    int n_failed = 0;
    for (int i = 0; i < kWrites; ++i) {
      const auto written = wait_written(*archive, [&](Store& store) -> Result<void> {
        for (const char* id : server == 1 ? std::array{"c1", "c2"} : std::array{"c2", "c1"}) {
          auto chat = store.find_chat("anna", id);
          if (!chat) return chat.error();
          Message message =
              make_answer(**chat, std::to_string(server) + "-" + std::to_string(i), MessageState::kComplete);
          message.parent = (*chat)->leaf;
          if (const auto put = store.put_message(message); !put) return put.error();
          (*chat)->leaf = message.id;
          if (const auto put = store.put_chat(**chat); !put) return put.error();
        }
        return {};
      });
      n_failed += written ? 0 : 1;
    }
    return n_failed;
  };
  auto other = std::async(std::launch::async, run, 2);
  EXPECT_EQ(run(1), 0);
  EXPECT_EQ(other.get(), 0);
  const auto store = place.open();
  for (const char* id : {"c1", "c2"}) {
    const auto chat = *store->find_chat("anna", id);
    EXPECT_EQ(store->list_path(chat->key, chat->leaf)->size(), 2U * kWrites)
        << "one unbroken line of messages";
    const auto all = *store->list_messages(chat->key, INT64_MAX, INT64_MAX);
    EXPECT_EQ(all.back().seq, 2 * kWrites);
  }
}

TEST(PostgresServers, HearOfWhatOthersHaveChanged) {
  const TestPlace place(StoreKind::kPostgres);
  const auto other = open_server_archive(place, 2);
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto count = [&](const std::string& owner) {
    const std::lock_guard lock(mutex);
    return std::count(heard.begin(), heard.end(), owner);
  };
  const auto wait_for = [&](const std::string& owner, int64_t wanted) {
    for (int i = 0; i < 500 && count(owner) < wanted; ++i) std::this_thread::sleep_for(20ms);
    EXPECT_GE(count(owner), wanted) << "of '" << owner << "'";
  };
  const News news(place.get().url, 1, [&](const std::string& owner) {
    const std::lock_guard lock(mutex);
    heard.push_back(owner);
  });
  wait_for("", 1);  // it listens now
  ASSERT_TRUE(wait_written(*other, [](Store& store) { return store.announce("anna"); }));
  wait_for("anna", 1);
  ASSERT_FALSE(wait_written(*other, [](Store& store) -> Result<void> {
    if (const auto told = store.announce("boris"); !told) return told;
    return Error{Code::kCancelled, "taken back"};
  }));
  break_connections(place);
  wait_for("", 2);  // it listens again, and something may have been missed
  const auto again = open_server_archive(place, 1);
  ASSERT_TRUE(wait_written(*again, [](Store& store) { return store.announce("itself"); }));
  ASSERT_TRUE(wait_written(*other, [](Store& store) { return store.announce("anna"); }));
  wait_for("anna", 2);
  EXPECT_EQ(count("boris"), 0) << "nothing of it was committed";
  EXPECT_EQ(count("itself"), 0);
}

TEST(PostgresConnection, ALostOneIsMadeAgainAndItsLockTaken) {
  const TestPlace place(StoreKind::kPostgres);
  auto store = place.open(7);
  const Chat chat = add_shared_chat(*store, "c1");
  ASSERT_TRUE(store->transact(Store::Step::kBegin));
  Message lost = make_answer(chat, "lost", MessageState::kComplete);
  ASSERT_TRUE(store->put_message(lost));
  break_connections(place);
  Message other = make_answer(chat, "other", MessageState::kComplete);
  const auto failed = store->put_message(other);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kIo);
  EXPECT_NE(failed.error().message.find("the database postgresql://"), std::string::npos)
      << failed.error().message;
  EXPECT_FALSE(store->transact(Store::Step::kCommit));
  ASSERT_TRUE(store->transact(Store::Step::kBegin)) << "a new transaction has a new connection";
  EXPECT_FALSE(*store->find_message(chat.key, "lost"));
  Message again = make_answer(chat, "again", MessageState::kComplete);
  EXPECT_TRUE(store->put_message(again));
  EXPECT_TRUE(store->transact(Store::Step::kCommit));
  const auto watcher = place.open(8);
  EXPECT_EQ(*count_servers(dynamic_cast<PostgresDatabase&>(watcher->database()), 8), 1);
}

// Connections are broken at any moment, in the moment of a commit too: what was said is so.
TEST(PostgresConnection, WhatWasReportedIsTrueHoweverOftenConnectionsBreak) {
  const TestPlace place(StoreKind::kPostgres);
  {
    auto store = place.open();
    add_shared_chat(*store, "c1");
  }
  const auto archive = open_server_archive(place, 9);
  std::atomic<bool> is_over = false;
  std::thread breaker([&] {
    while (!is_over) {
      break_connections(place);
      std::this_thread::sleep_for(25ms);
    }
  });
  std::vector<std::string> written;
  int n_failed = 0;
  int n_doubled = 0;
  const auto until = std::chrono::steady_clock::now() + 3s;
  for (int i = 0; std::chrono::steady_clock::now() < until; ++i) {
    const std::string id = "m" + std::to_string(i);
    for (;;) {
      const auto result = wait_written(*archive, [id](Store& store) -> Result<void> {
        auto chat = store.find_chat("anna", "c1");
        if (!chat) return chat.error();
        Message message = make_answer(**chat, id, MessageState::kComplete);
        return store.put_message(message);
      });
      if (result) break;
      n_failed += 1;
      n_doubled += result.error().code == Code::kConflict ? 1 : 0;
      if (result.error().code == Code::kConflict) break;
      EXPECT_EQ(result.error().code, Code::kIo) << result.error().message;
    }
    written.push_back(id);
  }
  is_over = true;
  breaker.join();
  EXPECT_EQ(n_doubled, 0) << "reported as failed, and there";
  EXPECT_GT(n_failed, 0) << "nothing was broken";
  const auto store = place.open();
  const auto chat = *store->find_chat("anna", "c1");
  EXPECT_EQ(store->list_messages(chat->key, INT64_MAX, INT64_MAX)->size(), written.size());
  RecordProperty("written", static_cast<int>(written.size()));
  RecordProperty("broken", n_failed);
}

TEST(PostgresConnection, AServerThatHangsIsAnError) {
  const TestPlace place(StoreKind::kPostgres);
  auto database = PostgresDatabase::open({.url = place.get().url, .statement_limit = 300ms});
  ASSERT_TRUE(database);
  const auto slept = (*database)->run("SELECT pg_sleep(5)");
  ASSERT_FALSE(slept);
  EXPECT_EQ(slept.error().code, Code::kIo);
  EXPECT_NE(slept.error().message.find("did not answer"), std::string::npos) << slept.error().message;
  EXPECT_TRUE((*database)->run("SELECT 1")) << "the next one has a connection again";
}

}  // namespace
}  // namespace samovar::history
