#include <fstream>
#include <iterator>

#include "chat/stored_fixture.h"

namespace samovar::chat {
namespace {

class StoredLibrary : public StoredFixture {
 protected:
  Json import(const std::string& text) {
    const Writer writer = send("POST", "/ui/import", text);
    EXPECT_TRUE(wait([&] { return writer->ended(); }));
    return Json::parse(writer->body());
  }
};

TEST_F(StoredLibrary, ConversationsBelongToTheBrowserThatHasTheCookie) {
  exchange("c1", message("q1", "Mine"), "yes", "a1");
  const std::string mine = cookie_;
  EXPECT_EQ(take_cookie(), mine) << "renewed, not replaced";
  cookie_ = "samovar_owner=../../etc/passwd";
  EXPECT_EQ(error_of(call("GET", "/ui/chats")),
            "401 unauthorized: no cookie: ask for /ui/config first, with cookies allowed");
  cookie_ = take_cookie();
  EXPECT_NE(cookie_, mine);
  EXPECT_TRUE(get("/ui/chats")["chats"].empty());
  EXPECT_EQ(error_of(call("GET", "/ui/chats/c1")), "404 not-found: chat 'c1' not found");
  EXPECT_TRUE(get("/ui/search?q=mine")["hits"].empty());
  EXPECT_EQ(call("DELETE", "/ui/chats/c1")->status(), 204);
  exchange("c1", message("q1", "Another one's, of the same name"), "yes", "a1");
  cookie_ = mine;
  EXPECT_EQ(get("/ui/chats/c1")["chat"]["title"], "Mine");
}

TEST_F(StoredLibrary, AForeignPageCannotAct) {
  EXPECT_EQ(error_of(send("POST", "/ui/chats/c1/runs", "{}", "text/plain")),
            "400 invalid-argument: Content-Type: expected application/json");
  EXPECT_EQ(error_of(send("POST", "/ui/attachments?name=x", "x", "text/plain")),
            "400 invalid-argument: Content-Type: expected application/octet-stream");
  EXPECT_EQ(call("GET", "/ui/chats/..%2fx")->status(), 400);
}

TEST_F(StoredLibrary, RenamePinFolderTagsAndTheList) {
  for (const char* id : {"c1", "c2", "c3"})
    exchange(id, message("q1", std::string("Chat ") + id), "ok", "a1");
  EXPECT_EQ(call("PATCH", "/ui/chats/c1",
                 {{"title", "Renamed"}, {"pinned", true}, {"folder", "work"}, {"tags", {"a", "b", "a"}}})
                ->status(),
            200);
  const Json list = get("/ui/chats?limit=2");
  EXPECT_EQ(ids(list["chats"]), (Ids{"c1", "c3"}));
  EXPECT_EQ(list["chats"][0]["title_by"], "user");
  EXPECT_EQ(list["chats"][0]["tags"], (Json{"a", "b"}));
  EXPECT_EQ(list["folders"], Json{"work"});
  EXPECT_EQ(list["total"], 3);
  EXPECT_EQ(ids(get("/ui/chats?limit=2&before=" + list["next"].get<std::string>())["chats"]), Ids{"c2"});
  EXPECT_EQ(ids(get("/ui/chats?folder=work")["chats"]), Ids{"c1"});
  EXPECT_EQ(error_of(call("PATCH", "/ui/chats/c1", {{"title", "  "}})), "400 invalid-argument: title: empty");
  EXPECT_EQ(error_of(call("PATCH", "/ui/chats/c1", {{"leaf", "zz"}})),
            "404 not-found: leaf: message 'zz' not found in this chat");
  EXPECT_EQ(error_of(call("GET", "/ui/chats?limit=0")),
            "400 invalid-argument: limit: '0' is not a whole number from 1 to 1000");
}

TEST_F(StoredLibrary, SearchFindsFormsOfRussianWordsWithMarks) {
  exchange("c1", message("q1", "Как топить самовар?"), "Самоваром пользуются так…", "a1");
  const Json hits =
      get("/ui/search?q=%D1%81%D0%B0%D0%BC%D0%BE%D0%B2%D0%B0%D1%80%D0%B0%D0%BC%D0%B8")["hits"];  // самоварами
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(hits[0]["message"], nullptr) << "the title";
  EXPECT_EQ(hits[1]["message"], "a1");
  EXPECT_EQ(hits[1]["marks"], Json::parse("[[0,7]]"));
  EXPECT_TRUE(get("/ui/search?q=")["hits"].empty());
}

TEST_F(StoredLibrary, DeletingCanBeTakenBack) {
  exchange("c1", message("q1", "One"), "ok", "a1");
  exchange("c2", message("q1", "Two"), "ok", "a1");
  EXPECT_EQ(call("DELETE", "/ui/chats/c1")->status(), 204);
  EXPECT_EQ(ids(get("/ui/chats")["chats"]), Ids{"c2"});
  EXPECT_EQ(call("POST", "/ui/chats/c1/restore", Json::object())->status(), 200);
  EXPECT_EQ(Json::parse(call("POST", "/ui/delete-chats", {{"all", true}})->body())["deleted"].size(), 2U);
  EXPECT_TRUE(get("/ui/chats")["chats"].empty());
  EXPECT_EQ(call("DELETE", "/ui/chats/c1?forever=1")->status(), 204);
  EXPECT_EQ(call("POST", "/ui/chats/c1/restore", Json::object())->status(), 404);
}

TEST_F(StoredLibrary, SingleMessagesAreChangedAndTaken) {
  exchange("c1", message("q1", "One"), "first", "a1");
  exchange("c1", message("q2", "Two"), "second", "a2");
  exchange("c1", message("q3", "Three"), "third", "a3");
  const Json changed =
      Json::parse(call("PATCH", "/ui/chats/c1/messages/a2", {{"content", "better"}})->body());
  EXPECT_GT(changed["edited"].get<int64_t>(), 0);
  const Json branch =
      Json::parse(call("PATCH", "/ui/chats/c1/messages/a3", {{"content", "mine"}, {"branch", true}})->body());
  EXPECT_EQ(branch["parent"], "q3");
  EXPECT_EQ(get("/ui/chats/c1")["chat"]["leaf"], branch["id"]);
  const Json gone = Json::parse(call("DELETE", "/ui/chats/c1/messages/q2")->body());
  EXPECT_EQ(gone["deleted"], (Json{"q2", "a2"}));
  EXPECT_EQ(gone["moved"], Json{"q3"});
  const Json after = get("/ui/chats/c1")["messages"];
  EXPECT_EQ(after[2]["id"], "q3");
  EXPECT_EQ(after[2]["parent"], "a1");
  EXPECT_EQ(Json::parse(call("DELETE", "/ui/chats/c1/messages/q3?what=after")->body())["deleted"].size(), 3U);
  EXPECT_EQ(get("/ui/chats/c1")["chat"]["leaf"], "a1");
}

TEST_F(StoredLibrary, RatingsAreKeptAndExported) {
  exchange("c1", message("q1", "One"), "first", "a1");
  EXPECT_EQ(call("PUT", "/ui/chats/c1/messages/a1/feedback", {{"rating", -1}, {"comment", "no"}})->status(),
            204);
  EXPECT_EQ(get("/ui/chats/c1")["messages"][1]["feedback"], (Json{{"rating", -1}, {"comment", "no"}}));
  const Json line = Json::parse(call("GET", "/ui/feedback.jsonl")->body());
  EXPECT_EQ(line["messages"], Json::parse(R"([{"role":"user","content":"One"}])"));
  EXPECT_EQ(line["answer"], "first");
  EXPECT_EQ(error_of(call("PUT", "/ui/chats/c1/messages/a1/feedback", {{"rating", 5}})),
            "400 invalid-argument: rating: expected 1 or -1");
  EXPECT_EQ(call("DELETE", "/ui/chats/c1/messages/a1/feedback")->status(), 204);
  EXPECT_EQ(call("GET", "/ui/feedback.jsonl")->body(), "");
}

TEST_F(StoredLibrary, TwoPagesStayInStep) {
  const Writer feed = send("GET", "/ui/feed");
  EXPECT_EQ(lines(feed)[0]["type"], "feed");
  exchange("c1", message("q1", "One"), "first", "a1");
  ASSERT_TRUE(wait([&] { return lines(feed).size() >= 6; })) << feed->body();
  std::string types;
  int64_t n = 0;
  for (const Json& line : lines(feed)) {
    types += line["type"].get<std::string>() + " ";
    if (line["type"] == "feed") continue;
    EXPECT_EQ(line["n"], ++n);
  }
  EXPECT_EQ(types, "feed chat-changed message-changed message-changed run-ended message-changed ");
  EXPECT_EQ(lines(feed)[5]["message"]["state"], "complete");
  feed->go_away();
  call("PATCH", "/ui/chats/c1", {{"title", "New"}});
  const Writer resumed = send("GET", "/ui/feed?after=5&boot=" + lines(feed)[0]["boot"].get<std::string>());
  ASSERT_EQ(lines(resumed).size(), 2U);
  EXPECT_EQ(lines(resumed)[1]["chat"]["title"], "New");
  EXPECT_EQ(lines(send("GET", "/ui/feed?after=5&boot=other"))[1]["type"], "reset");
}

TEST_F(StoredLibrary, ExportComesBackByImport) {
  exchange("c1", message("q1", "One"), "first", "a1");
  exchange("c1", {{"kind", "regenerate"}, {"message", "a1"}}, "second", "a2");
  call("PATCH", "/ui/chats/c1", {{"tags", {"x"}}, {"folder", "f"}, {"pinned", true}, {"leaf", "a1"}});
  call("PUT", "/ui/chats/c1/messages/a1/feedback", {{"rating", 1}});
  const std::string file = call("GET", "/ui/export")->body();
  Json done = Json::parse(send("POST", "/ui/import", "{}")->body());
  EXPECT_EQ(done["error"]["message"], "the file is no export of Samovar, Open WebUI or Chainlit");
  EXPECT_EQ(import(file)["skipped"][0]["why"], "it is here already");
  cookie_ = "";
  cookie_ = take_cookie();
  EXPECT_EQ(import(file),
            (Json{{"format", "samovar"}, {"chats", 1}, {"messages", 3}, {"skipped", Json::array()}}));
  const Json chat = get("/ui/chats/c1");
  EXPECT_EQ(ids(chat["messages"]), (Ids{"q1", "a1", "a2"}));
  EXPECT_EQ(chat["chat"]["leaf"], "a1");
  EXPECT_EQ(chat["chat"]["folder"], "f");
  EXPECT_EQ(chat["messages"][1]["feedback"]["rating"], 1);
  const Writer markdown = call("GET", "/ui/chats/c1/export?format=markdown");
  EXPECT_EQ(markdown->body(), "# One\n\n## User\n\nOne\n\n## Assistant (smollm2:135m)\n\nfirst\n");
}

std::string read_sample(const std::string& name) {
  std::ifstream file(std::string(SAMOVAR_TEST_DATA) + "/chat/" + name);
  EXPECT_TRUE(file) << name << " is missing";
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(StoredLibrary, OpenWebUisExportIsRead) {
  const Json done = import(read_sample("open-webui-export.json"));
  EXPECT_EQ(done["format"], "open-webui");
  EXPECT_EQ(done["chats"], 2);
  ASSERT_EQ(done["skipped"].size(), 2U) << done;
  EXPECT_EQ(done["skipped"][0]["code"], "no-file");
  EXPECT_EQ(done["skipped"][0]["file"], "table.png");
  EXPECT_EQ(done["skipped"][1]["title"], "Never used");
  EXPECT_EQ(done["skipped"][1]["code"], "empty");
  const Json tea = get("/ui/chats/0b9a3a56-5d3f-4b7e-9a52-2b8c7f6f0a11");
  EXPECT_EQ(tea["chat"]["leaf"], "a1c5b9f0-0000-4000-8000-000000000005");
  EXPECT_EQ(tea["chat"]["pinned"], true);
  EXPECT_EQ(tea["chat"]["tags"], (Json{"food_and_drink", "planning"}));
  EXPECT_EQ(tea["chat"]["created"], 1730000001000);
  EXPECT_EQ(tea["chat"]["settings"],
            (Json{{"system_prompt", "Answer like a tea master."}, {"temperature", 0.4}, {"context", 4096}}));
  const Json& messages = tea["messages"];
  ASSERT_EQ(messages.size(), 5U);
  EXPECT_EQ(messages[0]["attachments"][0]["name"], "guests.txt");
  EXPECT_EQ(messages[0]["attachments"][0]["characters"], 11);
  EXPECT_EQ(messages[1]["feedback"], (Json{{"rating", -1}, {"comment", "a joke"}}));
  EXPECT_EQ(messages[2]["parent"], messages[0]["id"]) << "a second version of the answer";
  EXPECT_EQ(messages[2]["content"], "Take **60 g** of black tea.");
  EXPECT_EQ(messages[2]["thinking"], "Twelve guests & two cups each.\nSo 24 cups.");
  EXPECT_EQ(messages[4]["state"], "failed");
  EXPECT_EQ(messages[4]["error"]["message"], "Ollama: 500, message='Internal Server Error'");
  const Json old = get("/ui/chats/0b9a3a56-5d3f-4b7e-9a52-2b8c7f6f0a12");
  EXPECT_EQ(ids(old["messages"]), (Ids{"o1", "o2"})) << "an export without a tree";
  EXPECT_EQ(old["messages"][1]["parent"], "o1");
  EXPECT_EQ(old["chat"]["settings"]["system_prompt"], "Be brief.");
}

TEST_F(StoredLibrary, ChainlitsThreadsAreRead) {
  const Json done = import(read_sample("chainlit-threads.json"));
  EXPECT_EQ(done["format"], "chainlit");
  EXPECT_EQ(done["chats"], 1);
  ASSERT_EQ(done["skipped"].size(), 1U);
  EXPECT_EQ(done["skipped"][0]["file"], "prices.pdf");
  const Json thread = get("/ui/chats/d3e1c2a4-7c1b-4a52-9a55-5f3f6d1b2c01");
  EXPECT_EQ(thread["chat"]["title"], "Which wood burns best?");
  EXPECT_EQ(thread["chat"]["tags"], (Json{"samovar"}));
  const Json& messages = thread["messages"];
  ASSERT_EQ(messages.size(), 4U) << "runs are no messages";
  EXPECT_EQ(messages[0]["content"], "Which wood burns best?") << "by time, not by place in the file";
  EXPECT_EQ(messages[1]["content"], "Birch: it burns hot & clean.");
  EXPECT_EQ(messages[1]["parent"], messages[0]["id"]);
  EXPECT_EQ(messages[1]["feedback"]["rating"], 1);
  EXPECT_EQ(messages[3]["state"], "failed");
  EXPECT_EQ(messages[3]["error"]["message"], "connection refused");
  const Json one = import(Json::parse(read_sample("chainlit-threads.json"))["data"][0].dump());
  EXPECT_EQ(one["skipped"][1]["code"], "here") << "a thread by itself; it has been brought in before";
}

TEST_F(StoredLibrary, FilesThatAreNoExportsAreRefusedWithThePlace) {
  const auto problem = [&](const std::string& text) { return send("POST", "/ui/import", text)->body(); };
  const auto says = [&](const std::string& text, const std::string& words) {
    const std::string body = problem(text);
    EXPECT_NE(body.find(words), std::string::npos) << body;
  };
  says("", "the file is empty");
  says("[{\"id\":1,\n  \"title\": tea}]", "not JSON: line 2, column 13");
  says("[{\"chat\":{}", "not JSON: line 1, column 12: it ends too early");
  says(std::string(300, '['), "nests more than 200 deep");
  for (const char* other : {"7", "[]", "[1,2]", "{}", R"({"mapping":{}})"})
    says(other, "no export of Samovar, Open WebUI or Chainlit");
  const Json mixed = import(
      R"([7, {"id":"w1","chat":{"history":{"messages":{"m1":{"role":"user","content":"Hi"}, "m2": 5}}}}, {"chat":9}])");
  EXPECT_EQ(mixed["chats"], 1);
  EXPECT_EQ(mixed["skipped"][0]["title"], "#1");
  EXPECT_EQ(mixed["skipped"][0]["code"], "no-chat");
  EXPECT_EQ(mixed["skipped"][1]["code"], "empty");
  const std::string circle =
      R"({"format":"samovar-conversations","version":1,"chats":[{"id":"x","messages":[
    {"id":"a","parent":"b","role":"user","content":"1"},{"id":"b","parent":"a","role":"assistant","content":"2"},
    {"id":"a","parent":"a","role":"user","content":"3"}]}]})";
  EXPECT_EQ(import(circle)["messages"], 2) << "hostile trees become trees";
}

TEST_F(StoredLibrary, ASharedChatCanBeReadByAnybodyUntilItIsNot) {
  exchange("c1", message("q1", "One"), "first", "a1");
  const Json link = Json::parse(call("POST", "/ui/chats/c1/share", Json::object())->body());
  EXPECT_EQ(Json::parse(call("POST", "/ui/chats/c1/share", Json::object())->body()), link);
  const std::string mine = std::exchange(cookie_, "");
  EXPECT_EQ(get("/ui/shared/" + link["token"].get<std::string>())["messages"].size(), 2U);
  EXPECT_EQ(call("GET", "/ui/shared/guess")->status(), 404);
  cookie_ = mine;
  EXPECT_EQ(call("DELETE", "/ui/chats/c1/share")->status(), 204);
  EXPECT_EQ(call("GET", "/ui/shared/" + link["token"].get<std::string>())->status(), 404);
}

TEST_F(StoredLibrary, FilesGoBeforeTheMessage) {
  const auto upload = [&](const std::string& name, const std::string& bytes) {
    const Writer writer = send("POST", "/ui/attachments?name=" + name, bytes, "application/octet-stream");
    EXPECT_TRUE(wait([&] { return writer->ended(); }));
    return writer;
  };
  const Json file = Json::parse(upload("a%2Fsum.py", "print(1)\n")->body());
  EXPECT_EQ(file["name"], "sum.py");
  EXPECT_EQ(file["kind"], "code");
  EXPECT_EQ(file["language"], "python");
  EXPECT_EQ(file["characters"], 9);
  const Writer writer = begin("c1", message("q1", "Explain", {{"attachments", {file["id"]}}}));
  EXPECT_EQ(last_prompt(), "user:File: sum.py\n```python\nprint(1)\n```\n\nExplain|");
  EXPECT_EQ(lines(writer)[0]["question"]["attachments"][0]["name"], "sum.py");
  EXPECT_EQ(get("/ui/attachments/" + file["id"].get<std::string>())["text"], "print(1)\n");
  EXPECT_EQ(error_of(upload("x.png", "\x89PNG\r\n")),
            "400 unsupported: 'x.png' cannot be read: it seems to be a PNG image");
  EXPECT_EQ(error_of(upload("x.txt", std::string(6000, 'x'))),
            "413 too-large: the file has 6000 bytes, at most 5000 are allowed");
  EXPECT_EQ(error_of(upload("x.txt", " \n")), "400 unsupported: 'x.txt' holds no text");
  EXPECT_EQ(error_of(call("POST", "/ui/chats/c2/runs", message("q1", "x", {{"attachments", {"f-unknown"}}}))),
            "404 not-found: attachment 'f-unknown' not found");
  EXPECT_EQ(Json::parse(upload("u16.txt", std::string("\xFF\xFEh\0i\0", 6))->body())["characters"], 2);
}

TEST_F(StoredLibrary, StatusHasFiguresAndSeries) {
  exchange("c1", message("q1", "One"), "first", "a1");
  const Json status = get("/ui/status");
  EXPECT_EQ(status["runs"]["finished"], 1);
  EXPECT_EQ(status["chats"], 1);
  EXPECT_EQ(status["messages"], 2);
  EXPECT_EQ(status["active_users"], 1);
  EXPECT_EQ(status["series"]["tokens"].size(), 300U);
  EXPECT_EQ(status["series"]["tokens"].back(), 1);
}

}  // namespace
}  // namespace samovar::chat
