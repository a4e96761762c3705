#include "chat/title_writer.h"

#include "chat/stored_fixture.h"

namespace samovar::chat {
namespace {

// The timer is the test's: what was posted runs when it says so.
class StoredTitles : public StoredFixture {
 protected:
  void SetUp() override {
    deps_.post_later = [this](std::function<void()> task, int delay_ms) {
      const std::lock_guard lock(mutex_);
      if (delay_ms < 3'000'000) posted_.push_back(std::move(task));
    };
    backend::LoadedModel model;
    model.summary.name = "smollm2:135m";
    model.summary.facts.parameter_size = "1.71B";
    backend_->loaded = std::vector{model};
    serve();
  }
  // Once the look at the model has been posted; heartbeats of streams are posted as well.
  bool look(int n_asked) {
    return wait([&] {
      run_posted();
      return n_asked_ == n_asked;
    });
  }
  void run_posted() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(posted_);
    }
    for (const auto& task : tasks) task();
  }
  std::string title() { return get("/ui/chats/c1")["chat"]["title"]; }

  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
};

TEST_F(StoredTitles, ComeWhenNobodyWaitsAndBehindTheConversation) {
  exchange("c1", message("q1", "How long does a samovar boil?"), "About 25 minutes.", "a1");
  EXPECT_EQ(title(), "How long does a samovar boil?") << "at once";
  ASSERT_TRUE(look(2));
  EXPECT_TRUE(last().request.yields);
  EXPECT_EQ(last_prompt(),
            std::string("user:How long does a samovar boil?|assistant:About 25 minutes.|user:") +
                kTitleQuestion + "|");
  last().say("\"Boiling time of ");
  last().say("samovars.\"\n");
  last().done();
  EXPECT_TRUE(wait([&] { return title() == "Boiling time of samovars"; })) << title();
  EXPECT_EQ(get("/ui/chats/c1")["chat"]["title_by"], "model");
  exchange("c1", message("q2", "And with a lid?"), "Less.", "a2");
  run_posted();
  EXPECT_EQ(n_asked_, 3) << "one title a conversation";
}

TEST_F(StoredTitles, MakeWayForWhoeverAsksAndAreTriedAgain) {
  exchange("c1", message("q1", "Tea?"), "Yes.", "a1");
  ASSERT_TRUE(look(2));
  const auto attempt = backend_->runs.back();
  const Writer writer = begin("c2", message("q1", "Me"));
  EXPECT_EQ(attempt->n_cancels, 1);
  last().done();
  ASSERT_TRUE(wait([&] { return writer->ended(); }));
  ASSERT_TRUE(look(4)) << "again, once it is quiet";
  last().say("All about tea");
  last().done();
  EXPECT_TRUE(wait([&] { return title() == "All about tea"; }));
}

TEST_F(StoredTitles, NeverReplaceTheUsersOwn) {
  exchange("c1", message("q1", "Tea?"), "Yes.", "a1");
  ASSERT_TRUE(look(2));
  call("PATCH", "/ui/chats/c1", {{"title", "Mine"}});
  last().say("All about tea");
  last().done();
  exchange("tmp-1", message("q1", "Secret"), "Yes.", "a1");
  EXPECT_EQ(title(), "Mine");
}

TEST(CleanTitle, KeepsOnlyWhatIsATitle) {
  EXPECT_EQ(clean_title("\"Samovars of Tula\"\n\nI hope"), "Samovars of Tula");
  EXPECT_EQ(clean_title("**Title: Tea**"), "Tea");
  EXPECT_EQ(clean_title("«Самовары Тулы»."), "Самовары Тулы");
  EXPECT_EQ(clean_title(""), "");
  EXPECT_EQ(clean_title("«»"), "");
  EXPECT_EQ(clean_title(std::string(61, 'x')), "");
  EXPECT_EQ(parameter_count("134.52M"), 134.52e6);
  EXPECT_EQ(parameter_count("2.6B"), 2.6e9);
  EXPECT_EQ(parameter_count("many"), 0.0);
}

}  // namespace
}  // namespace samovar::chat
