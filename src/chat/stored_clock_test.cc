// A clock that jumps changes neither the order of messages nor what is there.
#include "chat/stored_fixture.h"

namespace samovar::chat {
namespace {

class StoredClock : public StoredFixture {
 protected:
  StoredClock() {
    deps_.wall_ms = [this] { return wall_ms_.load(); };
  }
  std::atomic<int64_t> wall_ms_{1'800'000'000'000};
};

TEST_F(StoredClock, MessagesStayInOrderWhenItJumpsBackAndForth) {
  exchange("c1", message("q1", "one"), "first", "a1");
  wall_ms_ = 1'000'000'000;  // 1970
  exchange("c1", message("q2", "two"), "second", "a2");
  wall_ms_ = 4'000'000'000'000;  // 2096
  exchange("c1", message("q3", "three"), "third", "a3");
  EXPECT_EQ(ids(get("/ui/chats/c1")["messages"]), (Ids{"q1", "a1", "q2", "a2", "q3", "a3"}));
  EXPECT_NE(last_prompt().find("one|assistant:first|user:two|assistant:second|user:three"), std::string::npos)
      << last_prompt();
  EXPECT_EQ(ids(get("/ui/chats")["chats"]), Ids{"c1"});
}

}  // namespace
}  // namespace samovar::chat
