// Answers that another server writes, seen through the store.
#include "chat/shared_run.h"

#include <deque>
#include <future>

#include "chat/stored_fixture.h"

namespace samovar::chat {
namespace {

using history::Message;
using history::MessageState;

class SharedRuns : public StoredFixture {
 protected:
  SharedRuns() {
    deps_.post_later = [this](std::function<void()> task, int) {
      const std::lock_guard lock(mutex_);
      later_.push_back(std::move(task));
    };
  }
  void SetUp() override {
    StoredFixture::SetUp();
    chat_.owner = cookie_.substr(cookie_.find('=') + 1);
    chat_.id = "c1";
    write([this](history::Store& store) { return store.put_chat(chat_); });
    answer_.chat = chat_.key;
    answer_.id = "a1";
    answer_.role = history::Role::kAssistant;
    answer_.content = "Once";
    answer_.state = MessageState::kStreaming;
    put();
  }
  void write(const history::Archive::Work<void>& work) {
    std::promise<Result<void>> done;
    archive_->write<void>(work, [&](Result<void> result) { done.set_value(std::move(result)); });
    ASSERT_TRUE(done.get_future().get());
  }
  void put() {
    write([this](history::Store& store) { return store.put_message(answer_); });
  }
  // Everything that is due, and what the archive does then.
  void look() {
    ASSERT_TRUE(wait([this] {
      const std::lock_guard lock(mutex_);
      return !later_.empty();
    }));
    std::deque<std::function<void()>> due;
    {
      const std::lock_guard lock(mutex_);
      due.swap(later_);
    }
    for (const auto& task : due) task();
    write([](history::Store&) { return Result<void>(); });
  }
  std::string last_type(const Writer& writer) { return lines(writer).back()["type"]; }

  history::Chat chat_;
  Message answer_;
  std::mutex mutex_;
  std::deque<std::function<void()>> later_;  // guarded by mutex_
};

TEST_F(SharedRuns, AStopThatComesAfterTheEndIsNotShownAsOne) {
  const Writer reader = send("GET", "/ui/runs/s-a1.c1/events");
  ASSERT_TRUE(wait([&] { return !reader->body().empty(); }));
  EXPECT_EQ(call("POST", "/ui/runs/s-a1.c1/stop", Json::object())->status(), 204);
  ASSERT_TRUE(wait([&] { return get("/ui/chats/c1")["messages"][0]["state"] == "stopped"; }));
  for (int i = 0; i < 3; ++i) look();
  EXPECT_FALSE(reader->ended()) << "the server that writes has not said so";
  // It had ended just before.
  answer_.content = "Once upon a time";
  answer_.state = MessageState::kComplete;
  answer_.stats_json = R"({"tokens":4})";
  put();
  ASSERT_TRUE(wait([&] { return look(), reader->ended(); }));
  EXPECT_EQ(last_type(reader), "stats-final");
  EXPECT_EQ(call("POST", "/ui/runs/s-a1.c1/stop", Json::object())->status(), 204);
  EXPECT_EQ(get("/ui/chats/c1")["messages"][0]["state"], "complete") << "nothing is left to stop";
}

TEST_F(SharedRuns, AStopIsToldWhenItsWriterHasStoppedOrIsGone) {
  for (const bool is_gone : {false, true}) {
    answer_.state = MessageState::kStreaming;
    answer_.stats_json.clear();
    put();
    const Writer reader = send("GET", "/ui/runs/s-a1.c1/events");
    ASSERT_TRUE(wait([&] { return !reader->body().empty(); }));
    call("POST", "/ui/runs/s-a1.c1/stop", Json::object());
    ASSERT_TRUE(wait([&] { return get("/ui/chats/c1")["messages"][0]["state"] == "stopped"; }));
    if (!is_gone) {
      answer_.state = MessageState::kStopped;
      answer_.stats_json = R"({"tokens":1})";
      put();
    }
    ASSERT_TRUE(wait([&] { return look(), reader->ended(); }));
    EXPECT_EQ(last_type(reader), "run-stopped");
  }
}

}  // namespace
}  // namespace samovar::chat
