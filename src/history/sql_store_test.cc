#include "history/sql_store.h"

#include <gtest/gtest.h>

#include <set>

#include "history/schema.h"
#include "history/store_fixture.h"
#include "history/test_folder.h"

namespace samovar::history {
namespace {

Chat make_chat(const std::string& id, const std::string& title = "A title",
               const std::string& owner = "anna") {
  Chat chat;
  chat.owner = owner;
  chat.id = id;
  chat.title = title;
  chat.created_ms = chat.updated_ms = 1000;
  return chat;
}

Message make_message(const Chat& chat, const std::string& id, const std::string& parent,
                     const std::string& content) {
  Message message;
  message.chat = chat.key;
  message.id = id;
  message.parent = parent;
  message.role = parent.empty() ? Role::kUser : Role::kAssistant;
  message.content = content;
  message.created_ms = 1000;
  return message;
}

class SqlStoreTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    place_ = std::make_unique<TestPlace>(GetParam());
    store_ = place_->open();
    ASSERT_TRUE(store_);
  }
  Chat add_chat(const std::string& id, const std::string& title = "A title",
                const std::string& owner = "anna") {
    Chat chat = make_chat(id, title, owner);
    const auto put = store_->put_chat(chat);
    EXPECT_TRUE(put) << put.error().message;
    return chat;
  }
  Message add_message(const Chat& chat, const std::string& id, const std::string& parent,
                      const std::string& content) {
    Message message = make_message(chat, id, parent, content);
    const auto put = store_->put_message(message);
    EXPECT_TRUE(put) << put.error().message;
    return message;
  }
  std::vector<std::string> found(const std::string& words, const std::string& owner = "anna") {
    std::vector<std::string> out;
    const auto hits = store_->search(owner, words, 50);
    EXPECT_TRUE(hits) << hits.error().message;
    for (const SearchHit& hit : *hits)
      out.push_back(hit.message.empty() ? "title of " + hit.chat : hit.message);
    return out;
  }
  static std::vector<std::string> ids(const std::vector<Message>& messages) {
    std::vector<std::string> out;
    for (const Message& message : messages) out.push_back(message.id);
    return out;
  }
  using Ids = std::vector<std::string>;

  std::unique_ptr<TestPlace> place_;
  std::unique_ptr<SqlStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, SqlStoreTest, ::testing::Values(StoreKind::kSqlite, StoreKind::kPostgres),
                         store_kind_name);

TEST_P(SqlStoreTest, AChatComesBackAsItWasPut) {
  Chat chat = make_chat("c1", "Чай 🙂");
  chat.pinned = true;
  chat.folder = "work";
  chat.tags = {"c++", "tea"};
  chat.settings_json = R"({"temperature":0.5})";
  chat.leaf = "m9";
  chat.share_token = "token";
  ASSERT_TRUE(store_->put_chat(chat));
  const auto back = *store_->find_chat("anna", "c1");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->title, "Чай 🙂");
  EXPECT_TRUE(back->pinned);
  EXPECT_EQ(back->tags, chat.tags);
  EXPECT_EQ(back->settings_json, chat.settings_json);
  EXPECT_EQ((*store_->find_shared_chat("token"))->key, chat.key);
  EXPECT_FALSE(*store_->find_shared_chat(""));
  EXPECT_FALSE(*store_->find_chat("boris", "c1")) << "nobody finds another one's";
  Chat twin = make_chat("c1");
  EXPECT_EQ(store_->put_chat(twin).error().code, Code::kConflict);
  Chat of_boris = make_chat("c1", "his", "boris");
  EXPECT_TRUE(store_->put_chat(of_boris));
}

TEST_P(SqlStoreTest, TheListIsPagedPinnedFirstThenTheNewest) {
  for (int i = 0; i < 25; ++i) {
    Chat chat = make_chat("c" + std::to_string(i));
    chat.updated_ms = 1000 + i / 2;  // pairs of one time
    chat.pinned = i == 3;
    chat.deleted_ms = i == 4 ? 5 : 0;
    chat.folder = i % 2 == 0 ? "even" : "";
    if (i == 7) chat.tags = {"a", "tea"};
    ASSERT_TRUE(store_->put_chat(chat));
  }
  Ids all;
  ChatQuery query{.owner = "anna", .folder = {}, .tag = {}, .cursor = {}, .limit = 7};
  do {
    const auto page = store_->list_chats(query);
    ASSERT_TRUE(page);
    for (const Chat& chat : page->chats) all.push_back(chat.id);
    query.cursor = page->next;
  } while (!query.cursor.empty());
  ASSERT_EQ(all.size(), 24U);
  EXPECT_EQ(all[0], "c3");
  EXPECT_EQ(all[1], "c24");
  EXPECT_EQ(all.back(), "c0");
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 24U);
  query.tag = "tea";
  EXPECT_EQ(store_->list_chats(query)->chats.size(), 1U);
  query.tag = "te";
  EXPECT_TRUE(store_->list_chats(query)->chats.empty());
  query = {.owner = "anna", .folder = "even", .tag = {}, .cursor = {}, .limit = 100};
  EXPECT_EQ(store_->list_chats(query)->chats.size(), 12U);
  query.cursor = "nonsense";
  EXPECT_EQ(store_->list_chats(query).error().code, Code::kInvalidArgument);
  const auto labels = store_->list_labels("anna");
  EXPECT_EQ(labels->folders, Ids{"even"});
  EXPECT_EQ(labels->tags, (Ids{"a", "tea"}));
  EXPECT_EQ(labels->n_chats, 24);
}

TEST_P(SqlStoreTest, MessagesFormATree) {
  const Chat chat = add_chat("c1");
  add_message(chat, "q1", "", "first");
  add_message(chat, "a1", "q1", "one");
  add_message(chat, "a2", "q1", "another");
  add_message(chat, "q2", "a2", "second");
  EXPECT_EQ(ids(*store_->list_path(chat.key, "q2")), (Ids{"q1", "a2", "q2"}));
  EXPECT_EQ(ids(*store_->list_children(chat.key, "q1")), (Ids{"a1", "a2"}));
  EXPECT_EQ(ids(*store_->list_messages(chat.key, INT64_MAX, 2)), (Ids{"a2", "q2"}));
  EXPECT_EQ(ids(*store_->list_messages(chat.key, 3, 2)), (Ids{"q1", "a1"}));
  EXPECT_EQ(*store_->list_subtree(chat.key, "a2"), (Ids{"a2", "q2"}));
  Message twin = make_message(chat, "q1", "", "again");
  EXPECT_EQ(store_->put_message(twin).error().code, Code::kConflict);
  ASSERT_TRUE(store_->erase_messages(chat.key, {"a2", "q2"}));
  EXPECT_EQ(ids(*store_->list_messages(chat.key, INT64_MAX, 100)), (Ids{"q1", "a1"}));
}

TEST_P(SqlStoreTest, SearchFindsRussianWordFormsInTitlesAndMessages) {
  const Chat chat = add_chat("c1", "Самовары Тулы");
  add_message(chat, "q1", "", "Расскажи о тульских самоварах, пожалуйста");
  Message answer = make_message(chat, "a1", "q1", "Самовар — это Ёмкость");
  answer.state = MessageState::kStreaming;
  ASSERT_TRUE(store_->put_message(answer));
  EXPECT_EQ(found("самоваром"), (Ids{"title of c1", "q1"})) << "an unfinished answer is not searched";
  answer.content += " для чая";
  answer.state = MessageState::kComplete;
  ASSERT_TRUE(store_->put_message(answer));
  EXPECT_EQ(found("самоваром"), (Ids{"title of c1", "a1", "q1"}));
  EXPECT_EQ(found("ЕМКОСТЬ"), Ids{"a1"});
  EXPECT_EQ(found("самовара тульский"), Ids{"q1"}) << "every word";
  EXPECT_EQ(found("о тульских"), Ids{"q1"}) << "with a word too short for the index";
  EXPECT_EQ(found("ту"), (Ids{"title of c1", "q1"})) << "two letters: looked for everywhere";
  EXPECT_TRUE(found("самовар", "boris").empty());
  EXPECT_TRUE(found("\"; DROP TABLE chats; --").empty());
  answer.content = "nothing";
  ASSERT_TRUE(store_->put_message(answer));
  EXPECT_TRUE(found("Ёмкость").empty()) << "what was changed is found no more";
  ASSERT_TRUE(store_->erase_chat(chat.key));
  EXPECT_TRUE(found("самовар").empty());
  EXPECT_EQ(store_->measure()->n_messages, 0);
}

TEST_P(SqlStoreTest, OldConversationsGoUnlessTheyArePinnedOrBeingAnswered) {
  for (const char* id : {"old", "pinned", "answered", "new"}) {
    Chat chat = make_chat(id);
    chat.pinned = std::string(id) == "pinned";
    if (std::string(id) == "new") chat.updated_ms = 5000;
    ASSERT_TRUE(store_->put_chat(chat));
    Message answer = make_message(chat, "a", "", "text");
    if (std::string(id) == "answered") answer.state = MessageState::kStreaming;
    ASSERT_TRUE(store_->put_message(answer));
  }
  EXPECT_EQ(*store_->erase_old(2000), 1);
  EXPECT_FALSE(*store_->find_chat("anna", "old"));
  EXPECT_EQ(store_->list_chats({.owner = "anna"})->chats.size(), 3U);
}

TEST_P(SqlStoreTest, AllOfOneOwnerIsListedAndErased) {
  for (const char* owner : {"anna", "boris"}) {
    for (const char* id : {"c1", "c2"}) {
      Chat chat = make_chat(id, "t", owner);
      chat.deleted_ms = std::string(id) == "c2" ? 7 : 0;
      ASSERT_TRUE(store_->put_chat(chat));
      ASSERT_TRUE(store_->put_attachment({.id = id, .owner = owner, .name = "a.txt", .text = "whole"}));
      Message question = make_message(chat, "q", "", "text");
      question.attachments = {{.id = id}};
      ASSERT_TRUE(store_->put_message(question));
    }
  }
  const auto owners = *store_->list_owners();
  ASSERT_EQ(owners.size(), 2U);
  EXPECT_EQ(owners[0].owner, "anna");
  EXPECT_EQ(owners[0].n_chats, 2);
  EXPECT_EQ(owners[0].n_messages, 2);
  EXPECT_EQ(owners[0].n_files, 2);
  EXPECT_EQ(store_->list_every_chat("anna", 0, 10)->size(), 2U) << "the deleted one too";
  EXPECT_EQ(store_->list_attachments("anna")->size(), 2U);
  ASSERT_TRUE(store_->erase_owner("anna"));
  EXPECT_EQ(store_->measure_owner("anna")->n_chats, 0);
  EXPECT_EQ(store_->measure_owner("anna")->n_files, 0);
  EXPECT_EQ(store_->measure_owner("boris")->n_messages, 2);
  EXPECT_TRUE(store_->search("anna", "text", 5)->empty());
}

TEST_P(SqlStoreTest, AllOfOneOwnerIsGivenToAnother) {
  for (const char* owner : {"browser", "anna"}) {
    Chat chat = make_chat("c1", "t", owner);
    ASSERT_TRUE(store_->put_chat(chat));
    ASSERT_TRUE(store_->put_attachment({.id = "f1", .owner = owner, .name = owner, .text = "whole"}));
    Message question = make_message(chat, "q", "", std::string("text of ") + owner);
    question.attachments = {{.id = "f1"}};
    ASSERT_TRUE(store_->put_message(question));
  }
  Chat second = make_chat("c2", "t", "browser");
  ASSERT_TRUE(store_->put_chat(second));
  EXPECT_EQ(*store_->move_owner("browser", "anna"), 2);
  EXPECT_EQ(*store_->move_owner("browser", "anna"), 0);
  EXPECT_EQ(store_->measure_owner("browser")->n_files, 0);
  const OwnerFigures figures = *store_->measure_owner("anna");
  EXPECT_EQ(figures.n_chats, 3);
  EXPECT_EQ(figures.n_files, 2);
  EXPECT_TRUE(*store_->find_chat("anna", "c2")) << "an id that is free stays";
  int n_found = 0;
  const auto chats = *store_->list_every_chat("anna", 0, 10);
  for (const Chat& chat : chats) {
    const auto question = *store_->find_message(chat.key, "q");
    if (!question) continue;
    ++n_found;
    EXPECT_EQ("text of " + question->attachments.at(0).name, question->content) << "its own file";
  }
  EXPECT_EQ(n_found, 2);
}

TEST_P(SqlStoreTest, FilesAndRatingsGoWithTheirMessages) {
  const Chat chat = add_chat("c1");
  ASSERT_TRUE(store_->put_attachment({.id = "f1",
                                      .owner = "anna",
                                      .name = "a.txt",
                                      .kind = "text",
                                      .text = "whole text",
                                      .created_ms = 10}));
  ASSERT_TRUE(store_->put_attachment(
      {.id = "f2", .owner = "anna", .name = "b.txt", .kind = "text", .text = "x", .created_ms = 10}));
  Message question = make_message(chat, "q1", "", "look");
  question.attachments = {{.id = "f1"}};
  ASSERT_TRUE(store_->put_message(question));
  ASSERT_TRUE(store_->put_feedback(question.key, Feedback{-1, "wrong", 5}));
  const auto back = *store_->find_message(chat.key, "q1");
  ASSERT_EQ(back->attachments.size(), 1U);
  EXPECT_EQ(back->attachments[0].name, "a.txt");
  EXPECT_EQ(back->feedback->comment, "wrong");
  EXPECT_EQ((*store_->find_attachment("anna", "f1"))->text, "whole text");
  EXPECT_FALSE(*store_->find_attachment("boris", "f1"));
  EXPECT_FALSE(*store_->erase_attachment("anna", "f1")) << "a message uses it";
  EXPECT_EQ(store_->list_feedback("anna", 0, 10)->size(), 1U);
  ASSERT_TRUE(store_->put_feedback(question.key, std::nullopt));
  EXPECT_TRUE(store_->list_feedback("anna", 0, 10)->empty());
  Message stranger = make_message(chat, "q2", "", "look");
  stranger.attachments = {{.id = "unknown"}};
  EXPECT_EQ(store_->put_message(stranger).error().code, Code::kNotFound);
  ASSERT_TRUE(store_->purge(100));
  EXPECT_FALSE(*store_->find_attachment("anna", "f2")) << "nobody used it";
  ASSERT_TRUE(store_->erase_chat(chat.key));
  ASSERT_TRUE(store_->purge(100));
  EXPECT_FALSE(*store_->find_attachment("anna", "f1"));
}

TEST(SqlStoreFile, UnfinishedAnswersAreMarkedAtTheNextStart) {
  const TestFolder folder;
  {
    auto store = *SqlStore::open(folder.path() / "h.db");
    Chat chat = make_chat("c1");
    ASSERT_TRUE(store->put_chat(chat));
    Message answer = make_message(chat, "a", "", "so f");
    answer.state = MessageState::kStreaming;
    ASSERT_TRUE(store->put_message(answer));
  }
  auto store = *SqlStore::open(folder.path() / "h.db");
  EXPECT_EQ(*store->mark_cut(Store::CutBy::kAll), 1);
  const auto chat = *store->find_chat("anna", "c1");
  EXPECT_EQ((*store->find_message(chat->key, "a"))->state, MessageState::kCut);
  EXPECT_EQ(store->search("anna", "so f", 5)->size(), 1U);
}

TEST(SqlStoreFile, AnOlderFileIsBroughtUpToDateAndANewerOneRefused) {
  const TestFolder folder;
  const auto path = folder.path() / "h.db";
  { ASSERT_TRUE(SqlStore::open(path)); }
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back({.tables = "ALTER TABLE chats ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"});
  {
    auto newer = SqlStore::open(path, steps);
    ASSERT_TRUE(newer) << newer.error().message;
    EXPECT_TRUE((*newer)->database().run("SELECT colour FROM chats"));
  }
  const std::string known = std::to_string(migrations().size());
  const std::string next = std::to_string(steps.size());
  EXPECT_TRUE(std::filesystem::exists(path.string() + ".before-v" + next));
  const auto older = SqlStore::open(path);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Code::kUnsupported);
  EXPECT_NE(older.error().message.find("newer Samovar (version " + next +
                                       " of the tables; this program knows " + known + ")"),
            std::string::npos)
      << older.error().message;
  steps.push_back({.tables = "CREATE TABLE oops("});
  EXPECT_FALSE(SqlStore::open(path, steps));
  steps.pop_back();
  EXPECT_TRUE(SqlStore::open(path, steps)) << "a step that fails changes nothing";
}

}  // namespace
}  // namespace samovar::history
