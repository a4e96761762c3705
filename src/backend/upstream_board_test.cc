#include "backend/upstream_board.h"

#include <gtest/gtest.h>

#include "backend/upstream_address.h"

namespace samovar::backend {
namespace {

using Names = std::vector<std::string>;
using Outcome = UpstreamBoard::Outcome;

struct Clock {
  int64_t ms = 1'000'000;
  [[nodiscard]] BoardOptions options() {
    BoardOptions out;
    out.now_ms = [this] { return ms; };
    return out;
  }
};

Request chat(const Names& texts) {
  Request request;
  request.model = "m";
  for (size_t i = 0; i < texts.size(); ++i)
    request.messages.push_back({.role = i % 2 == 0 ? "user" : "assistant", .content = texts[i]});
  return request;
}

TEST(UpstreamAddress, ReadsListsOfBothKinds) {
  const auto list = parse_upstreams(" openai+http://a:1, ollama+https://b/x/,http://c openai+https://d/v2 ");
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 4U);
  EXPECT_EQ((*list)[0].base_url, "http://a:1/v1");
  EXPECT_EQ((*list)[0].kind, UpstreamAddress::Kind::kOpenAi);
  EXPECT_EQ((*list)[1].base_url, "https://b:443/x");
  EXPECT_EQ((*list)[1].kind, UpstreamAddress::Kind::kOllama);
  EXPECT_EQ((*list)[2].base_url, "http://c:80");
  EXPECT_EQ((*list)[3].base_url, "https://d:443/v2");
  for (const char* bad :
       {"", ",", "a:1", "openai+a:1", "openai+ftp://a", "vllm+http://a", "http://a,http://a:80"}) {
    const auto parsed = parse_upstreams(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
    EXPECT_TRUE(parsed.error().message.starts_with("SAMOVAR_UPSTREAM: ")) << parsed.error().message;
  }
  const auto secret = parse_upstreams("openai+http://me:sesame@a/v1");
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().message.find("sesame"), std::string::npos);
}

TEST(UpstreamBoard, TheLeastBusyOneAnswers) {
  UpstreamBoard board({"a", "b"});
  const size_t first = *board.choose({});
  const size_t second = *board.choose({});
  EXPECT_NE(first, second);
  board.leave(first, Outcome::kAnswered);
  EXPECT_EQ(*board.choose({}), first);
  EXPECT_FALSE(board.choose({.model = {}, .conversation = {}, .tried = {0, 1}}));
}

TEST(UpstreamBoard, AConversationGoesBackToItsCache) {
  UpstreamBoard board({"a", "b", "c"});
  const Request begun = chat({"hi"});
  board.remember(2, conversation_keys(begun));
  const Request goes_on = chat({"hi", "hello", "and now?"});
  EXPECT_EQ(*board.choose({"m", conversation_keys(goes_on), {}}), 2U);
  EXPECT_NE(*board.choose({"m", conversation_keys(chat({"other"})), {}}), 2U) << "that one is busy";
  // Not where it would wait long.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*board.choose({"m", conversation_keys(goes_on), {}}), 2U);
  EXPECT_NE(*board.choose({"m", conversation_keys(goes_on), {}}), 2U);
}

TEST(UpstreamBoard, OnesThatAreDownOrLackTheModelComeLast) {
  Clock clock;
  UpstreamBoard board({"a", "b", "c"}, clock.options());
  EXPECT_EQ(board.due_for_check().size(), 3U);
  EXPECT_TRUE(board.due_for_check().empty()) << "under way";
  EXPECT_FALSE(board.knows_one_up());
  EXPECT_TRUE(board.note_check(0, Error{Code::kUnavailable, "refused"}));
  EXPECT_FALSE(board.note_check(1, Names{"other:latest"}));
  EXPECT_FALSE(board.note_check(2, Names{"m:latest"}));
  EXPECT_TRUE(board.knows_one_up());
  UpstreamBoard::Wanted wanted{.model = "m", .conversation = {}, .tried = {}};
  for (const size_t expected : {2U, 1U, 0U}) {
    EXPECT_EQ(*board.choose(wanted), expected);
    wanted.tried.insert(expected);
  }
  EXPECT_EQ(board.read()[0].problem, "refused");
}

TEST(UpstreamBoard, ChecksOftenerWhatIsDownAndLessOftenWhatStaysDown) {
  Clock clock;
  UpstreamBoard board({"a"}, clock.options());
  const auto wait_after = [&](const Result<Names>& found) {
    EXPECT_EQ(board.due_for_check().size(), 1U);
    board.note_check(0, found);
    const int64_t wait = board.ms_until_check();
    clock.ms += wait;
    return wait;
  };
  const Error down{Code::kUnavailable, "refused"};
  EXPECT_EQ(wait_after(Names{}), 10'000);
  EXPECT_EQ(wait_after(down), 1'000);
  EXPECT_EQ(wait_after(down), 2'000);
  for (int i = 0; i < 6; ++i) wait_after(down);
  EXPECT_EQ(wait_after(down), 60'000);
  EXPECT_EQ(wait_after(Names{}), 10'000);
  EXPECT_TRUE(board.is_up(0));
  const Error slow{Code::kTimeout, "slow"};
  wait_after(slow);
  EXPECT_TRUE(board.is_up(0)) << "once is no proof";
  wait_after(slow);
  EXPECT_FALSE(board.is_up(0));
}

TEST(UpstreamBoard, OneThatFailsIsSetAsideForAWhile) {
  Clock clock;
  UpstreamBoard board({"a", "b"}, clock.options());
  board.set_aside(0, "500");
  EXPECT_EQ(*board.choose({}), 1U);
  EXPECT_EQ(*board.choose({}), 1U) << "although it is busier";
  clock.ms += 1'001;
  EXPECT_EQ(*board.choose({}), 0U);
  board.leave(0, Outcome::kAnswered);
  EXPECT_EQ(board.read()[0].problem, "");
  EXPECT_EQ(board.read()[0].answered, 1);
}

}  // namespace
}  // namespace samovar::backend
