// Sizes that a page must carry: 5,000 chats, 10,000 messages in one of them, and how long it takes to find
// things there.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "history/sql_store.h"
#include "history/store_fixture.h"
#include "history/test_folder.h"

namespace samovar::history {
namespace {

double measured_ms(const char* what, const std::function<void()>& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  const double ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  std::printf("  %-46s %8.2f ms\n", what, ms);
  return ms;
}

std::string make_text(int i) {
  static constexpr const char* kWords[] = {"самовар", "чай",    "заварка", "server", "model",  "tokens",
                                           "погода",  "дорога", "книга",   "письмо", "работа", "answer",
                                           "window",  "кошка",  "музыка",  "город"};
  std::string text;
  unsigned int state = static_cast<unsigned int>(i) * 2654435761U + 1;
  for (int word = 0; word < 40; ++word) {
    state = state * 1664525U + 1013904223U;
    text += std::string(kWords[state >> 28U]) + (word % 9 == 8 ? ". " : " ");
  }
  return text + "номер" + std::to_string(i);
}

void fill(SqlStore& store, int n_chats, int n_messages_in_first) {
  ASSERT_TRUE(store.transact(Store::Step::kBegin));
  for (int i = 0; i < n_chats; ++i) {
    Chat chat;
    chat.owner = "anna";
    chat.id = "c" + std::to_string(i);
    chat.title = "Беседа номер" + std::to_string(i);
    chat.updated_ms = i;
    ASSERT_TRUE(store.put_chat(chat));
    std::string parent;
    for (int k = 0; k < (i == 0 ? n_messages_in_first : 2); ++k) {
      Message message;
      message.chat = chat.key;
      message.id = "m" + std::to_string(k);
      message.parent = parent;
      message.role = k % 2 == 0 ? Role::kUser : Role::kAssistant;
      message.content = make_text(i * 7 + k);
      ASSERT_TRUE(store.put_message(message));
      parent = message.id;
    }
  }
  ASSERT_TRUE(store.transact(Store::Step::kCommit));
}

TEST(HistoryScale, ThousandsOfChatsAndMessagesAreFoundAtOnce) {
  const TestFolder folder;
  auto store = *SqlStore::open(folder.path() / "h.db");
  measured_ms("writing 5,000 chats, 20,000 messages", [&] { fill(*store, 5000, 10'000); });
  const int64_t first = (*store->find_chat("anna", "c0"))->key;
  constexpr double kAtOnceMs = 1000;  // far above what is measured: the machine may be busy
  EXPECT_LT(measured_ms("list of 200 chats",
                        [&] { EXPECT_EQ(store->list_chats({.owner = "anna"})->chats.size(), 200U); }),
            kAtOnceMs);
  EXPECT_LT(
      measured_ms("folders and tags of 5,000", [&] { EXPECT_EQ(store->list_labels("anna")->n_chats, 5000); }),
      kAtOnceMs);
  EXPECT_LT(measured_ms("newest 500 of 10,000 messages",
                        [&] { EXPECT_EQ(store->list_messages(first, INT64_MAX, 500)->size(), 500U); }),
            kAtOnceMs);
  EXPECT_LT(measured_ms("path of 10,000 messages",
                        [&] { EXPECT_EQ(store->list_path(first, "m9999")->size(), 10'000U); }),
            kAtOnceMs * 5);
  EXPECT_LT(measured_ms("search: a rare word",
                        [&] { EXPECT_GE(store->search("anna", "номер4711", 50)->size(), 1U); }),
            kAtOnceMs);
  EXPECT_LT(measured_ms("search: a word in most messages",
                        [&] { EXPECT_EQ(store->search("anna", "самоварами", 50)->size(), 50U); }),
            kAtOnceMs);
  EXPECT_LT(measured_ms("search: three words",
                        [&] { EXPECT_EQ(store->search("anna", "самовар погода windows", 50)->size(), 50U); }),
            kAtOnceMs);
  EXPECT_LT(measured_ms("search: two letters, no index",
                        [&] { EXPECT_EQ(store->search("anna", "ча", 50)->size(), 50U); }),
            kAtOnceMs * 5);
  std::printf("  size on disk: %.1f MB\n", static_cast<double>(store->measure()->bytes) / 1e6);
}

// The same at a fifth of the size: a server's round trips are what takes time.
TEST(PostgresScale, ThousandsOfMessagesAreFoundAtOnce) {
  const TestPlace place(StoreKind::kPostgres);
  const auto store = place.open();
  measured_ms("writing 1,000 chats, 4,000 messages", [&] { fill(*store, 1000, 2000); });
  const int64_t first = (*store->find_chat("anna", "c0"))->key;
  constexpr double kAtOnceMs = 1000;
  EXPECT_LT(measured_ms("list of 200 chats",
                        [&] { EXPECT_EQ(store->list_chats({.owner = "anna"})->chats.size(), 200U); }),
            kAtOnceMs);
  EXPECT_LT(measured_ms("path of 2,000 messages",
                        [&] { EXPECT_EQ(store->list_path(first, "m1999")->size(), 2000U); }),
            kAtOnceMs * 5);
  EXPECT_LT(measured_ms("search: a rare word",
                        [&] { EXPECT_GE(store->search("anna", "номер4711", 50)->size(), 1U); }),
            kAtOnceMs);
  EXPECT_LT(measured_ms("search: a word in most messages",
                        [&] { EXPECT_EQ(store->search("anna", "самоварами", 50)->size(), 50U); }),
            kAtOnceMs);
  EXPECT_LT(measured_ms("search: two letters, no index",
                        [&] { EXPECT_EQ(store->search("anna", "ча", 50)->size(), 50U); }),
            kAtOnceMs * 5);
}

}  // namespace
}  // namespace samovar::history
