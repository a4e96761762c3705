#include "history/keeping.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "history/copies.h"
#include "history/store_fixture.h"

namespace samovar::history {
namespace {

namespace fs = std::filesystem;

// Some of everything.
void fill_place(const Place& place, const std::string& title) {
  auto opened = open_archive(place);
  ASSERT_TRUE(opened) << opened.error().message;
  std::promise<Result<void>> done;
  opened->archive->write<void>(
      [&](Store& store) -> Result<void> {
        Chat chat;
        chat.owner = "anna";
        chat.id = "c1";
        chat.title = title;
        if (const auto put = store.put_chat(chat); !put) return put;
        Attachment file{.id = "f1", .owner = "anna", .name = "чай.txt", .kind = "text", .text = "whole text"};
        if (const auto put = store.put_attachment(file); !put) return put;
        for (int i = 0; i < 20; ++i) {
          Message message;
          message.chat = chat.key;
          message.id = "m" + std::to_string(i);
          message.content = "Самовар номер" + std::to_string(i) + " \"quoted\" \\ % _ 🙂\n";
          message.state = i == 19 ? MessageState::kStreaming : MessageState::kComplete;
          if (i == 0) message.attachments = {{.id = "f1"}};
          if (const auto put = store.put_message(message); !put) return put;
          if (const auto put = store.put_feedback(message.key, Feedback{1, "good", 7}); !put) return put;
        }
        User user;
        user.id = "u1";
        user.name = "Анна";
        if (const auto put = store.accounts().put_user(user); !put) return put;
        return store.accounts().put_value("cookie-key", "secret");
      },
      [&](Result<void> result) { done.set_value(std::move(result)); });
  const auto result = done.get_future().get();
  ASSERT_TRUE(result) << result.error().message;
}

std::string describe_store(const Place& place) {
  auto opened = open_archive(place);
  if (!opened) return opened.error().message;
  std::promise<std::string> shown;
  opened->archive->write<void>(
      [&](Store& store) -> Result<void> {
        const auto chat = store.find_chat("anna", "c1");
        if (!chat || !*chat) return Error{Code::kNotFound, "no chat"};
        const auto file = store.find_attachment("anna", "f1");
        const auto found = store.search("anna", "самоваром номер7", 5);
        const auto key = store.accounts().find_value("cookie-key");
        const auto last = store.find_message((*chat)->key, "m19");
        Message next;
        next.chat = (*chat)->key;
        next.id = "next";
        if (const auto put = store.put_message(next); !put) return put;
        // In PostgreSQL this test is the same server as the one that wrote it, and that is still there.
        const bool is_cut =
            (*last)->state == (place.url.empty() ? MessageState::kCut : MessageState::kStreaming);
        shown.set_value((*chat)->title + "|" + (*file)->text + "|" + (*found)[0].message + "|" + **key + "|" +
                        (is_cut ? "cut" : to_string((*last)->state)) + "|" + std::to_string(next.seq));
        return Error{Code::kCancelled, "nothing is to be kept of this"};
      },
      [&](const Result<void>& result) {
        if (result || result.error().code != Code::kCancelled)
          shown.set_value(result ? "" : result.error().message);
      });
  return shown.get_future().get();
}

constexpr const char* kFilled = "first|whole text|m7|secret|cut|21";

size_t count_files(const fs::path& folder, const std::string& part) {
  size_t n = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    n += entry.path().filename().string().find(part) != std::string::npos ? 1U : 0U;
  }
  return n;
}

class KeepingTest : public ::testing::TestWithParam<StoreKind> {};
INSTANTIATE_TEST_SUITE_P(Stores, KeepingTest, ::testing::Values(StoreKind::kSqlite, StoreKind::kPostgres),
                         store_kind_name);

TEST_P(KeepingTest, ABackupWhileServingIsRestoredAndWhatWasThereIsKept) {
  const TestPlace place(GetParam());
  const TestFolder folder;
  const fs::path file = folder.path() / "backup.db";
  EXPECT_EQ(back_up(place.get(), file).error().code, Code::kNotFound);
  fill_place(place.get(), "first");
  {
    const auto serving = open_archive(place.get());
    ASSERT_TRUE(serving);
    const auto counts = back_up(place.get(), file);
    ASSERT_TRUE(counts) << counts.error().message;
    EXPECT_EQ(counts->front(), (std::pair<std::string, int64_t>("chats", 1)));
    EXPECT_EQ(count_files(folder.path(), "backup.db"), 1U) << "nothing unfinished is left";
    EXPECT_EQ(restore(place.get(), file).error().code, Code::kConflict) << "a server is running";
  }
  {
    const auto store = open_archive(place.get());
    std::promise<void> done;
    store->archive->write<void>([](Store& s) { return s.erase_owner("anna"); },
                                [&](const Result<void>&) { done.set_value(); });
    done.get_future().get();
  }
  EXPECT_EQ(describe_store(place.get()), "no chat");
  const auto restored = restore(place.get(), file);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(describe_store(place.get()), kFilled);
  EXPECT_TRUE(fs::exists(restored->aside)) << restored->aside;
  const auto aside = check_copy(restored->aside);
  ASSERT_TRUE(aside) << aside.error().message;
  EXPECT_EQ(aside->front().second, 0) << "the chats had been erased then";
  EXPECT_EQ(count_files(place.get().folder, ".restored"), 0U);
}

class PostgresMoveTest : public ::testing::TestWithParam<StoreKind> {};
INSTANTIATE_TEST_SUITE_P(From, PostgresMoveTest, ::testing::Values(StoreKind::kSqlite, StoreKind::kPostgres),
                         store_kind_name);

TEST_P(PostgresMoveTest, ABackupOfOneDatabaseIsRestoredIntoTheOther) {
  const TestPlace from(GetParam());
  const TestPlace to(GetParam() == StoreKind::kSqlite ? StoreKind::kPostgres : StoreKind::kSqlite);
  fill_place(from.get(), "first");
  fill_place(to.get(), "other");
  EXPECT_EQ(move_store(from.get(), to.get()).error().code, Code::kConflict) << "it is not empty";
  const TestPlace empty(GetParam() == StoreKind::kSqlite ? StoreKind::kPostgres : StoreKind::kSqlite);
  { ASSERT_TRUE(open_archive(empty.get())); }
  const auto moved = move_store(from.get(), empty.get());
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(describe_store(empty.get()), kFilled);
  EXPECT_EQ(describe_store(from.get()), kFilled) << "it stays as it was";
}

TEST_P(KeepingTest, FilesThatAreNoBackupsChangeNothing) {
  const TestPlace place(GetParam());
  const TestFolder folder;
  fill_place(place.get(), "first");
  const fs::path good = folder.path() / "good.db";
  ASSERT_TRUE(back_up(place.get(), good));
  EXPECT_EQ(restore(place.get(), folder.path() / "none.db").error().code, Code::kNotFound);
  const fs::path text = folder.path() / "text.db";
  std::ofstream(text) << std::string(5000, 'x');
  EXPECT_EQ(restore(place.get(), text).error().code, Code::kCorrupt);
  const fs::path half = folder.path() / "half.db";
  fs::copy_file(good, half);
  fs::resize_file(half, fs::file_size(half) / 2);
  EXPECT_EQ(restore(place.get(), half).error().code, Code::kCorrupt);
  const fs::path other = folder.path() / "other.db";
  { ASSERT_TRUE((*SqliteDatabase::open(other.string()))->run_script("CREATE TABLE birds(name TEXT)")); }
  EXPECT_EQ(restore(place.get(), other).error().code, Code::kInvalidArgument);
  const fs::path newer = folder.path() / "newer.db";
  fs::copy_file(good, newer);
  { ASSERT_TRUE((*SqliteDatabase::open(newer.string()))->run_script("PRAGMA user_version = 99")); }
  EXPECT_EQ(restore(place.get(), newer).error().code, Code::kUnsupported);
  EXPECT_EQ(describe_store(place.get()), kFilled);
  EXPECT_FALSE(back_up(place.get(), folder.path() / "no" / "such" / "folder.db"));
}

TEST_P(KeepingTest, ABackupOfAnOlderProgramIsBroughtUpToDate) {
  const TestPlace place(GetParam());
  const TestFolder folder;
  const fs::path old = folder.path() / "old.db";
  {
    auto store = SqlStore::open(old, migrations().first(1));
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->database().run_script(
        "INSERT INTO chats(owner, id, title, title_by, created, updated, pinned, folder, tags, model, "
        "profile,"
        " settings, leaf, share, deleted) VALUES ('anna','c1','old','text',1,1,0,'','','','','{}','','',0);"
        "INSERT INTO messages(chat, id, parent, seq, role, content, thinking, model, state, reason, "
        "error_code,"
        " error_message, stats, created, edited) VALUES "
        "(1,'m1','',1,'user','привет','','','complete','','','','',1,0)"));
  }
  ASSERT_TRUE(restore(place.get(), old));
  const auto status = read_status(place.get());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->version, status->newest);
  EXPECT_EQ(status->counts.front().second, 1);
  EXPECT_EQ(status->n_servers, 0);
  EXPECT_GT(status->bytes, 0);
}

TEST_P(KeepingTest, TablesOfAnOlderVersionAreCopiedBeforeTheyAreChanged) {
  const TestPlace place(GetParam());
  fill_place(place.get(), "first");
  std::vector<Migration> steps(migrations().begin(), migrations().end());
  steps.push_back({.tables = "ALTER TABLE chats ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"});
  const std::string mark = ".before-v" + std::to_string(steps.size());
  if (GetParam() == StoreKind::kSqlite) {
    ASSERT_TRUE(SqlStore::open(place.get().folder / "history.db", steps));
  } else {
    auto database = PostgresDatabase::open({.url = place.get().url});
    const auto prepared = prepare_postgres(**database, steps, place.get().folder);
    ASSERT_TRUE(prepared) << prepared.error().message;
    steps.push_back({.tables = "CREATE TABLE half(a TEXT)", .postgres = "CREATE TABLE oops("});
    EXPECT_FALSE(prepare_postgres(**database, steps, place.get().folder));
    EXPECT_EQ(*read_version(**database), static_cast<int64_t>(steps.size()) - 1);
    EXPECT_FALSE((*database)->run("SELECT * FROM half")) << "a step that fails changes nothing";
  }
  EXPECT_GE(count_files(place.get().folder, mark), 1U);
  const auto newer = open_archive(place.get());
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Code::kUnsupported);
  EXPECT_NE(newer.error().message.find("newer Samovar"), std::string::npos) << newer.error().message;
  for (const auto& entry : fs::directory_iterator(place.get().folder)) {
    if (entry.path().string().find(mark) == std::string::npos) continue;
    const TestPlace again(GetParam());
    const auto restored = restore(again.get(), entry.path());
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(describe_store(again.get()), kFilled) << "the copy is as good as a backup";
    break;
  }
}

}  // namespace
}  // namespace samovar::history
