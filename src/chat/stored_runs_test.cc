#include "chat/stored_fixture.h"

namespace samovar::chat {
namespace {

class StoredRuns : public StoredFixture {};

class FullLine : public StoredFixture {
 protected:
  void SetUp() override {
    deps_.is_full = [this](size_t n_coming) {
      n_coming_ = n_coming;
      return full_.load();
    };
    serve();
  }
  std::atomic<size_t> n_coming_ = 0;
  std::atomic<bool> full_ = false;
};

TEST_F(FullLine, RefusesBeforeAnythingIsWrittenAndForgetsWhoHasCome) {
  for (const char* chat : {"c1", "c2", "c3"}) {
    begin(chat, message("q1", "Hello"));
    last().done();
  }
  full_ = true;
  // An answer that is with the backend, or over, is not coming any more.
  EXPECT_TRUE(wait([&] {
    EXPECT_EQ(call("POST", "/ui/chats/c4/runs", message("q1", "Hello"))->status(), 503);
    return n_coming_ == 0;
  })) << n_coming_;
  EXPECT_EQ(call("GET", "/ui/chats/c4")->status(), 404);
}

TEST_F(StoredRuns, AnAnswerIsStoredBeforeItsEndIsShown) {
  const Writer writer = begin("c1", message("q1", "Hello there", {{"parent", nullptr}}));
  last().listener->on_queued(2);
  last().listener->on_started();
  last().say("Good ");
  last().say("day");
  backend::Summary summary;
  summary.done_reason = "stop";
  summary.prompt_tokens = 20;
  summary.answer_tokens = 3;
  summary.n_ctx = 4096;
  last().done(summary);
  ASSERT_TRUE(wait([&] { return writer->ended(); }));
  const std::vector<Json> events = lines(writer);
  ASSERT_EQ(events.size(), 7U) << writer->body();
  EXPECT_EQ(events[0]["type"], "run-started");
  EXPECT_EQ(events[0]["question"]["content"], "Hello there");
  EXPECT_EQ(events[0]["answer"]["parent"], "q1");
  EXPECT_EQ(events[1]["type"], "model-loading");
  EXPECT_EQ(events[2], (Json{{"type", "queue-place"}, {"place", 2}}));
  EXPECT_EQ(events[5], (Json{{"t", "day"}}));
  EXPECT_EQ(events[6]["type"], "stats-final");
  EXPECT_EQ(events[6]["saved"], true);
  EXPECT_EQ(events[6]["context_tokens"], 23);
  const Json chat = get("/ui/chats/c1");
  EXPECT_EQ(chat["chat"]["title"], "Hello there");
  EXPECT_EQ(chat["chat"]["model"], "smollm2:135m");
  ASSERT_EQ(chat["messages"].size(), 2U);
  EXPECT_EQ(chat["messages"][1]["content"], "Good day");
  EXPECT_EQ(chat["messages"][1]["state"], "complete");
  EXPECT_EQ(chat["messages"][1]["stats"]["tokens"], 3);
  EXPECT_EQ(chat["chat"]["leaf"], chat["messages"][1]["id"]);
}

TEST_F(StoredRuns, ReadersComeAndGoWithoutMissingOrDoublingAWord) {
  const Writer first = begin("c1", message("q1", "Count"));
  const std::string run = lines(first)[0]["run"];
  std::string whole;
  std::vector<Writer> readers;
  std::vector<size_t> joined;
  for (int i = 0; i < 30; ++i) {
    const std::string word = std::to_string(i) + " ";
    whole += word;
    last().say(word);
    if (i == 5) first->go_away();
    if (i % 4 == 0) {
      const size_t after = lines(first).size();
      joined.push_back(after);
      readers.push_back(send("GET", "/ui/runs/" + run + "/events?after=" + std::to_string(after)));
    }
  }
  EXPECT_EQ(last().n_cancels, 0) << "who goes away stops nothing";
  last().done();
  const Writer late = call("GET", "/ui/runs/" + run + "/events");
  EXPECT_EQ(text_of(late), whole);
  const std::vector<Json> all = lines(late);
  for (size_t i = 0; i < readers.size(); ++i) {
    ASSERT_TRUE(wait([&] { return readers[i]->ended(); }));
    EXPECT_EQ(lines(readers[i]),
              std::vector<Json>(all.begin() + static_cast<std::ptrdiff_t>(joined[i]), all.end()));
  }
  EXPECT_EQ(get("/ui/chats/c1")["messages"][1]["content"], whole);
  const Writer beyond = call("GET", "/ui/runs/" + run + "/events?after=1000");
  EXPECT_EQ(beyond->status(), 400);
  EXPECT_EQ(error_of(call("GET", "/ui/runs/r-unknown/events")),
            "404 not-found: run 'r-unknown' not found: its answer is in the chat");
}

TEST_F(StoredRuns, StopKeepsThePartAndServerSentEventsCarryNumbers) {
  const Writer writer = begin("c1", message("q1", "Long"));
  const std::string run = lines(writer)[0]["run"];
  last().say("Once upon");
  EXPECT_EQ(get("/ui/runs")["runs"][0]["run"], run);
  EXPECT_EQ(call("POST", "/ui/runs/" + run + "/stop", Json::object())->status(), 204);
  ASSERT_TRUE(wait([&] { return writer->ended(); }));
  EXPECT_EQ(lines(writer).back()["type"], "run-stopped");
  const Json answer = get("/ui/chats/c1")["messages"][1];
  EXPECT_EQ(answer["state"], "stopped");
  EXPECT_EQ(answer["content"], "Once upon");
  http::Request request{.method = "GET", .path = "/ui/runs/" + run + "/events"};
  request.headers = {{"Accept", "text/event-stream"}, {"Last-Event-ID", "3"}, {"Cookie", cookie_}};
  const auto events = std::make_shared<WaitingWriter>();
  router_.handle(request, events);
  EXPECT_TRUE(events->body().starts_with("id: 4\ndata: {")) << events->body();
  EXPECT_TRUE(get("/ui/runs")["runs"].empty());
}

TEST_F(StoredRuns, RegenerateEditAndContinueMakeABranchOrGoOn) {
  exchange("c1", message("q1", "One"), "first", "a1");
  exchange("c1", message("q2", "Two"), "second", "a2");
  EXPECT_EQ(last_prompt(), "user:One|assistant:first|user:Two|");
  exchange("c1", {{"kind", "regenerate"}, {"message", "a2"}, {"model", "gemma3"}}, "other", "a3");
  EXPECT_EQ(last_prompt(), "user:One|assistant:first|user:Two|");
  EXPECT_EQ(last().request.model, "gemma3");
  exchange("c1", message("q3", "Two and a half", {{"parent", "a1"}}), "edited", "a4");
  EXPECT_EQ(last_prompt(), "user:One|assistant:first|user:Two and a half|");
  const Json chat = get("/ui/chats/c1");
  EXPECT_EQ(ids(chat["messages"]), (Ids{"q1", "a1", "q2", "a2", "a3", "q3", "a4"}));
  EXPECT_EQ(chat["chat"]["leaf"], "a4");
  const Writer writer = begin("c1", {{"kind", "continue"}, {"message", "a4"}});
  EXPECT_EQ(last_prompt(), "user:One|assistant:first|user:Two and a half|assistant:edited|");
  EXPECT_EQ(lines(writer)[0]["answer"]["content"], "edited");
  last().say(" and more");
  last().done();
  ASSERT_TRUE(wait([&] { return writer->ended(); }));
  EXPECT_EQ(lines(writer).back()["characters"], 9) << "of what came now";
  EXPECT_EQ(get("/ui/chats/c1")["messages"][6]["content"], "edited and more");
}

TEST_F(StoredRuns, OneAnswerAtATimeUnlessBesideAndARepeatedRequestFollowsTheFirst) {
  const Writer writer = begin("c1", message("q1", "Hi"));
  EXPECT_EQ(error_of(call("POST", "/ui/chats/c1/runs", message("q2", "Me too"))),
            "409 conflict: an answer is still being written in this chat");
  const Writer again = send("POST", "/ui/chats/c1/runs", message("q1", "Hi").dump());
  ASSERT_TRUE(wait([&] { return !lines(again).empty(); }));
  EXPECT_EQ(lines(again)[0], lines(writer)[0]);
  EXPECT_EQ(n_asked_, 1);
  const Writer beside =
      begin("c1", {{"kind", "regenerate"}, {"message", "q1"}, {"beside", true}, {"model", "other"}});
  EXPECT_EQ(n_asked_, 2);
  backend_->runs[0]->done();
  backend_->runs[1]->done();
  ASSERT_TRUE(wait([&] { return writer->ended() && beside->ended(); }));
  EXPECT_EQ(get("/ui/chats/c1")["messages"].size(), 3U);
  EXPECT_EQ(begin("c1", message("q2", "Next"))->status(), 200) << "the chat is free again";
}

TEST_F(StoredRuns, FailuresAreKeptWithTheirReason) {
  const Writer writer = begin("c1", message("q1", "Hi"));
  last().say("So");
  last().fail({Code::kUnavailable, "the upstream went away"});
  ASSERT_TRUE(wait([&] { return writer->ended(); }));
  EXPECT_EQ(lines(writer).back()["code"], "unavailable");
  const Json answer = get("/ui/chats/c1")["messages"][1];
  EXPECT_EQ(answer["state"], "failed");
  EXPECT_EQ(answer["error"]["message"], "the upstream went away");
  EXPECT_EQ(answer["content"], "So");
  const Writer cut = begin("c1", message("q2", "Again"));
  last().say("half");
  EXPECT_TRUE(handle_->end_runs(5000)) << "the server ends";
  EXPECT_EQ(get("/ui/chats/c1")["messages"][3]["state"], "cut");
}

TEST_F(StoredRuns, APartIsSavedWhileItGrowsButNotTooOften) {
  const Writer writer = begin("c1", message("q1", "Hi"));
  last().say("first ");
  EXPECT_TRUE(wait([&] { return get("/ui/chats/c1")["messages"][1]["content"] == "first "; }));
  last().say("second ");
  now_ns_ += 500'000'000;
  last().say("third ");
  EXPECT_EQ(get("/ui/chats/c1")["messages"][1]["content"], "first ");
  now_ns_ += 600'000'000;
  last().say("fourth");
  EXPECT_TRUE(
      wait([&] { return get("/ui/chats/c1")["messages"][1]["content"] == "first second third fourth"; }));
  EXPECT_EQ(get("/ui/chats/c1")["messages"][1]["state"], "streaming");
  EXPECT_EQ(get("/ui/chats/c1")["messages"][1]["run"], lines(writer)[0]["run"]);
}

TEST_F(StoredRuns, WhatDoesNotFitLeavesThePromptAndIsCounted) {
  for (int i = 0; i < 6; ++i) {
    const std::string n = std::to_string(i);
    exchange("c1", message("q" + n, "question " + n + std::string(400, 'x')), "answer " + n, "a" + n);
  }
  const Writer writer = begin("c1", message("q9", "last"));
  EXPECT_EQ(last().request.messages.size(), 13U);
  last().fail({Code::kTooLong, "the prompt has 900 tokens, the context holds 512"});
  ASSERT_TRUE(wait([&] { return n_asked_ == 8; }));
  EXPECT_LT(last().request.messages.size(), 13U);
  EXPECT_EQ(last().request.messages.front().role, "user");
  backend::Summary summary;
  summary.n_ctx = 512;
  summary.prompt_tokens = 400;
  last().done(summary);
  ASSERT_TRUE(wait([&] { return writer->ended(); }));
  Json context;
  for (const Json& line : lines(writer)) {
    if (line.value("type", "") == "context") context = line;
  }
  EXPECT_EQ(context["unseen"], 4) << writer->body();
  EXPECT_EQ(context["first_seen"], "q2");
  const Writer next = begin("c1", message("q10", "and now"));
  const Json told = lines(next)[1].value("type", "") == "context" ? lines(next)[1] : lines(next)[2];
  EXPECT_EQ(told["length"], 512) << "the context's length is known now";
  EXPECT_GT(told["unseen"], 0);
  EXPECT_LE(told["tokens"], 512);
}

TEST_F(StoredRuns, SettingsAreCheckedKeptAndUsed) {
  Json body = message("q1", "Hi");
  body["settings"] = {{"temperature", 0.7},          {"top_p", 0.5},    {"stop", {"END"}}, {"seed", 7},
                      {"system_prompt", "Be brief"}, {"format", "json"}};
  const Writer writer = begin("c1", body);
  const backend::Request& asked = last().request;
  EXPECT_FLOAT_EQ(*asked.options.temperature, 0.7F);
  EXPECT_FLOAT_EQ(*asked.options.top_p, 0.5F);
  EXPECT_EQ(asked.options.num_predict, 1024);
  EXPECT_EQ(asked.options.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(asked.format_json, "json");
  EXPECT_EQ(last_prompt(), "system:Be brief|user:Hi|");
  last().done();
  ASSERT_TRUE(wait([&] { return writer->ended(); }));
  const Json settings = Json::parse(
      call("PATCH", "/ui/chats/c1", {{"settings", {{"top_p", nullptr}, {"top_k", 40}}}})->body())["settings"];
  EXPECT_FALSE(settings.contains("top_p"));
  EXPECT_EQ(settings["top_k"], 40);
  const auto refused = [&](const Json& wrong) {
    return error_of(
        call("POST", "/ui/chats/c1/runs", {{"message", {{"content", "x"}}}, {"settings", wrong}}));
  };
  EXPECT_EQ(refused({{"top_p", 5}}), "400 invalid-argument: settings.top_p: 5 is above the limit of 1");
  EXPECT_EQ(refused({{"top_k", 1.5}}), "400 invalid-argument: settings.top_k: 1.5 is not a whole number");
  EXPECT_EQ(refused({{"colour", 1}}), "400 invalid-argument: settings.colour: no such setting");
  EXPECT_EQ(error_of(call("POST", "/ui/chats/c1/runs", {{"message", {{"content", ""}}}})),
            "400 invalid-argument: message.content: empty");
  EXPECT_EQ(error_of(call("POST", "/ui/chats/c1/runs", message("q2", std::string(20'000, 'x')))),
            "413 too-large: message.content: 20000 bytes, at most 10000 are allowed");
  EXPECT_EQ(error_of(call("POST", "/ui/chats/c1/runs", message("q2", "x", {{"parent", "nowhere"}}))),
            "404 not-found: message 'nowhere' not found in this chat");
  EXPECT_EQ(get("/ui/chats/c1")["messages"].size(), 2U) << "what was refused left nothing behind";
}

TEST_F(StoredRuns, TemporaryChatsAreNowhereButInMemory) {
  exchange("tmp-1", message("q1", "secret tea"), "ssh", "a1");
  EXPECT_EQ(get("/ui/chats/tmp-1")["chat"]["temporary"], true);
  EXPECT_TRUE(get("/ui/chats")["chats"].empty());
  EXPECT_TRUE(get("/ui/search?q=secret")["hits"].empty());
  EXPECT_EQ(get("/ui/export").at("chats").size(), 0U);
  EXPECT_EQ(call("DELETE", "/ui/chats/tmp-1")->status(), 204);
  EXPECT_EQ(call("GET", "/ui/chats/tmp-1")->status(), 404);
}

TEST_F(StoredRuns, ASummaryStandsForTheTurnsThatItTells) {
  exchange("c1", message("q1", "One"), "first", "a1");
  exchange("c1", message("q2", "Two"), "second", "a2");
  Json body = message("q3", "Three");
  body["settings"] = {{"system_prompt", "Be brief"},
                      {"summary", {{"until", "a1"}, {"text", "They said one."}}}};
  const Writer writer = begin("c1", body);
  EXPECT_EQ(last_prompt(), "system:Be brief\n\nThey said one.|user:Two|assistant:second|user:Three|");
  last().done();
  ASSERT_TRUE(wait([&] { return writer->ended(); }));
  const Json stats = get("/ui/chats/c1")["messages"][5]["stats"];
  EXPECT_EQ(stats["unseen"], 2) << "kept with the answer, for a page that is opened later";
  EXPECT_EQ(stats["first_seen"], "q2");
  exchange("c1", message("q4", "Another beginning", {{"parent", nullptr}}), "fresh", "a4");
  EXPECT_EQ(last_prompt(), "system:Be brief|user:Another beginning|") << "a version without those turns";
  const auto refused = [&](const Json& wrong) {
    return error_of(call("PATCH", "/ui/chats/c1", {{"settings", {{"summary", wrong}}}}));
  };
  EXPECT_EQ(
      refused("x"),
      "400 invalid-argument: settings.summary: expected {\"until\": the id of a message, \"text\": ...}");
  EXPECT_EQ(refused({{"until", "a1"}, {"text", ""}}),
            "400 invalid-argument: settings.summary: the text must have 1 to 20000 bytes");
  call("PATCH", "/ui/chats/c1", {{"settings", {{"summary", nullptr}}}});
  EXPECT_FALSE(get("/ui/chats/c1")["chat"]["settings"].contains("summary"));
}

}  // namespace
}  // namespace samovar::chat
