#include "history/archive.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <future>
#include <random>

#include "history/sql_store.h"
#include "history/store_fixture.h"
#include "history/test_folder.h"

namespace samovar::history {
namespace {

using namespace std::chrono_literals;

template <typename T>
Result<T> wait_write(Archive& archive, Archive::Work<T> work) {
  std::promise<Result<T>> promise;
  archive.write<T>(std::move(work), [&](Result<T> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

template <typename T>
Result<T> wait_read(Archive& archive, Archive::Work<T> work) {
  std::promise<Result<T>> promise;
  archive.read<T>(std::move(work), [&](Result<T> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

Result<void> add_archived_chat(Store& store, const std::string& id, const std::string& title = "t") {
  Chat chat;
  chat.owner = "anna";
  chat.id = id;
  chat.title = title;
  return store.put_chat(chat);
}

bool has_chat(Archive& archive, const std::string& id) {
  const auto found = wait_read<bool>(archive, [&](Store& store) -> Result<bool> {
    auto chat = store.find_chat("anna", id);
    if (!chat) return chat.error();
    return chat->has_value();
  });
  return found && *found;
}

TEST(Archive, AFailedWriteIsTakenBackAloneAndWhatIsReportedCanBeRead) {
  for (const bool in_memory : {false, true}) {
    const TestFolder folder;
    Opened opened = in_memory ? *open_archive_in_memory() : *open_archive({folder.path(), ""});
    Archive& archive = *opened.archive;
    std::vector<std::future<Result<void>>> results;
    for (int i = 0; i < 20; ++i) {
      auto promise = std::make_shared<std::promise<Result<void>>>();
      results.push_back(promise->get_future());
      archive.write<void>(
          [i](Store& store) -> Result<void> {
            if (const auto put = add_archived_chat(store, "c" + std::to_string(i)); !put) return put;
            if (i % 3 == 0) return Error{Code::kInvalidArgument, "no"};
            return {};
          },
          [promise](Result<void> result) { promise->set_value(std::move(result)); });
    }
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(results[static_cast<size_t>(i)].get().ok(), i % 3 != 0);
      EXPECT_EQ(has_chat(archive, "c" + std::to_string(i)), i % 3 != 0);
    }
  }
}

TEST(Archive, ADamagedFileIsPutAsideAndANewOneBegun) {
  for (const bool header : {true, false}) {
    const TestFolder folder;
    {
      Opened opened = *open_archive({folder.path(), ""});
      for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(wait_write<void>(
            *opened.archive, [i](Store& s) { return add_archived_chat(s, "c" + std::to_string(i)); }));
      }
    }
    {
      std::fstream file(folder.path() / "history.db", std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(header ? 0 : 5000);
      for (int i = 0; i < 20000; ++i) file << "rubbish ";
    }
    Result<Opened> opened = open_archive({folder.path(), ""});
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_NE(opened->notice.find("history.db.damaged-"), std::string::npos) << opened->notice;
    EXPECT_TRUE(wait_write<void>(*opened->archive, [](Store& s) { return add_archived_chat(s, "new"); }));
    EXPECT_FALSE(has_chat(*opened->archive, "c1"));
    size_t n_aside = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      n_aside += entry.path().string().find(".damaged-") != std::string::npos ? 1U : 0U;
    }
    EXPECT_GE(n_aside, 1U);
  }
}

TEST(Archive, AFolderThatCannotBeMadeIsNamed) {
  const TestFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const auto opened = open_archive({folder.path() / "file" / "below", ""});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kIo);
  EXPECT_NE(opened.error().message.find("SAMOVAR_DATA"), std::string::npos);
}

TEST(Archive, AFullDiskIsReportedAndTheAnswerWrittenWhenThereIsRoom) {
  const TestFolder folder;
  const auto path = folder.path() / "h.db";
  auto writer = *SqlStore::open(path);
  Database* const database = &writer->database();
  Archive archive(std::move(writer), *SqlStore::open(path));
  const std::string large(400'000, 'x');
  const auto limit = [&](int pages) {
    return wait_write<void>(archive, [=](Store&) {
      return database->run_script("PRAGMA max_page_count = " + std::to_string(pages));
    });
  };
  ASSERT_TRUE(limit(80));
  const auto full = wait_write<void>(archive, [&](Store& s) { return add_archived_chat(s, "large", large); });
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kIo);
  EXPECT_NE(full.error().message.find("the disk is full"), std::string::npos) << full.error().message;
  EXPECT_TRUE(wait_write<void>(archive, [](Store& s) { return add_archived_chat(s, "small"); }))
      << "what fits still goes";

  std::promise<Error> failed;
  std::promise<void> written;
  archive.write_surely([large](Store& s) { return add_archived_chat(s, "answer", large); },
                       [&](Result<void> result) {
                         if (!result) return failed.set_value(result.error());
                         written.set_value();
                       });
  EXPECT_EQ(failed.get_future().get().code, Code::kIo);
  EXPECT_FALSE(has_chat(archive, "answer"));
  ASSERT_TRUE(limit(100'000));  // also makes the archive try again
  EXPECT_EQ(written.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_TRUE(has_chat(archive, "answer"));
}

// Writes messages until it is killed, and tells each that was reported as written.
[[noreturn]] void write_until_killed(const Place& place, int pipe_end, int round) {
  Result<Opened> opened = open_archive(place);
  if (!opened) ::_exit(3);
  std::mutex mutex;
  for (int i = 0;; ++i) {
    std::promise<void> done;
    const std::string id = std::to_string(round) + "-" + std::to_string(i);
    opened->archive->write<void>(
        [id](Store& store) -> Result<void> {
          auto chat = store.find_chat("anna", "c");
          if (!chat) return chat.error();
          Message message;
          message.chat = (*chat)->key;
          message.id = id;
          message.content = "text of " + id + std::string(3000, '.');
          return store.put_message(message);
        },
        [&, id](Result<void> result) {
          if (!result) ::_exit(4);
          const std::string line = id + "\n";
          if (::write(pipe_end, line.data(), line.size()) < 0) ::_exit(5);
          done.set_value();
        });
    done.get_future().get();
  }
}

class KilledTest : public ::testing::TestWithParam<StoreKind> {};
INSTANTIATE_TEST_SUITE_P(Stores, KilledTest, ::testing::Values(StoreKind::kSqlite, StoreKind::kPostgres),
                         store_kind_name);

// SAMOVAR_TEST_KILLS asks for more than the few of every day.
int number_of_kills() {
  const char* const wanted = std::getenv("SAMOVAR_TEST_KILLS");
  return wanted == nullptr ? 25 : std::atoi(wanted);
}

TEST_P(KilledTest, NothingThatWasReportedIsLostWhenTheProcessIsKilled) {
  const int n_kills = number_of_kills();
  const TestPlace place(GetParam());
  {
    ASSERT_TRUE(wait_write<void>(*open_archive(place.get())->archive,
                                 [](Store& s) { return add_archived_chat(s, "c"); }));
  }
  std::mt19937 random(7);
  std::vector<std::string> reported;
  for (int round = 0; round < n_kills; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(place.get(), ends[1], round);
    }
    ::close(ends[1]);
    // Some are killed while they start, most while they write.
    pollfd first = {ends[0], POLLIN, 0};
    if (round % 5 != 0) ::poll(&first, 1, 10'000);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    ::kill(child, SIGKILL);
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<size_t>(n));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
      reported.push_back(text.substr(at, end - at));
  }
  Result<Opened> opened = open_archive(place.get());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->notice, "");
  const auto n_missing = wait_read<int64_t>(*opened->archive, [&](Store& store) -> Result<int64_t> {
    const auto chat = store.find_chat("anna", "c");
    int64_t missing = 0;
    for (const std::string& id : reported) {
      const auto message = store.find_message((*chat)->key, id);
      missing += message && *message && (*message)->content.starts_with("text of " + id + ".") ? 0 : 1;
    }
    return missing;
  });
  EXPECT_EQ(*n_missing, 0);
  EXPECT_GT(reported.size(), static_cast<size_t>(n_kills)) << "too few were written to prove anything";
  RecordProperty("reported", static_cast<int>(reported.size()));
}

}  // namespace
}  // namespace samovar::history
