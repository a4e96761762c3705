#include "chat/service.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "chat/events.h"
#include "chat/fake_backend.h"

namespace samovar::chat {
namespace {

using nlohmann::json;

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    Deps deps;
    deps.backend = backend_;
    deps.version = "0.1.0";
    deps.default_model = "smollm2:135m";
    deps.welcome = {{"en", "# Hello <b>"}, {"ru", "# Привет"}};
    deps.limits.message_bytes = 1000;
    deps.deadline_ms = 120'000;
    deps.now_ns = [this] { return now_ns_; };
    add_routes(router_, deps);
  }

  std::shared_ptr<FakeWriter> request(const std::string& method, const std::string& path,
                                      const std::string& body = "",
                                      const std::string& type = "application/json; charset=utf-8") {
    http::Request made{.method = method, .path = path, .target = path, .body = body};
    if (!type.empty()) made.headers.emplace_back("content-type", type);
    auto writer = std::make_shared<FakeWriter>();
    router_.handle(made, writer);
    return writer;
  }
  std::shared_ptr<FakeWriter> say(const std::string& text, const std::string& chat = "c1") {
    return request("POST", "/ui/chats/" + chat + "/messages",
                   json{{"model", "smollm2:135m"}, {"text", text}}.dump());
  }
  std::shared_ptr<FakeWriter> retry(const json& more = json::object(), const std::string& chat = "c1") {
    json body = {{"model", "smollm2:135m"}};
    body.update(more);
    return request("POST", "/ui/chats/" + chat + "/retry", body.dump());
  }
  FakeBackend::Started& last_run() { return *backend_->runs.back(); }
  void advance(int64_t ms) { now_ns_ += ms * 1'000'000; }

  // "system:... user:..." as the model gets it.
  std::string last_prompt() {
    std::string prompt;
    for (const text::ChatMessage& message : last_run().request.messages) {
      prompt += message.role + ":" + message.content + "|";
    }
    return prompt;
  }
  static std::vector<json> events(const FakeWriter& writer) {
    std::vector<json> lines;
    std::istringstream in(writer.body);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
  }
  static std::string error_of(const FakeWriter& writer) {
    const json error = json::parse(writer.body)["error"];
    return std::to_string(writer.status) + " " + error["code"].get<std::string>() + ": " +
           error["message"].get<std::string>();
  }

  std::shared_ptr<FakeBackend> backend_ = std::make_shared<FakeBackend>();
  http::Router router_;
  int64_t now_ns_ = 1'000'000'000;
};

TEST_F(ServiceTest, Config) {
  const auto writer = request("GET", "/ui/config");
  EXPECT_EQ(writer->status, 200);
  const json config = json::parse(writer->body);
  json older = json::object();
  for (const char* name : {"name", "version", "backend", "default_model", "defaults", "welcome"})
    older[name] = config[name];
  EXPECT_EQ(older, json::parse(R"({"name":"Samovar","version":"0.1.0",
    "backend":{"kind":"engine","place":"a test"},"default_model":"smollm2:135m",
    "defaults":{"temperature":0.2,"max_tokens":1024,"system_prompt":""},
    "welcome":{"en":"# Hello <b>","ru":"# Привет"}})"));
  EXPECT_EQ(config["limits"]["temperature"], json::parse(R"({"min":0,"max":2})"));
  EXPECT_EQ(config["limits"]["max_tokens"], json::parse(R"({"min":1,"max":8192})"));
  EXPECT_EQ(config["limits"]["message_bytes"], 1000);
  EXPECT_EQ(config["history"], json::parse(R"({"stored":false,"shared":false,"notice":""})"));
  EXPECT_TRUE(config["profiles"].empty());
}

TEST_F(ServiceTest, ModelsThatCanChat) {
  backend::ModelSummary model;
  model.name = "smollm2:135m";
  model.size_bytes = 98362432;
  model.facts.parameter_size = "134.52M";
  model.facts.quantization_level = "Q4_1";
  model.facts.family = "llama";
  model.facts.context_length = 8192;
  model.capabilities = {"completion"};
  model.loaded = true;
  backend::ModelSummary embedder;
  embedder.name = "embed";
  embedder.capabilities = {"embedding"};
  backend_->models = std::vector{model, embedder};
  EXPECT_EQ(json::parse(request("GET", "/ui/models")->body), json::parse(R"({"models":[{"name":"smollm2:135m",
    "size_bytes":98362432,"parameter_size":"134.52M","quantization":"Q4_1","family":"llama","context_length":8192,
    "loaded":true}]})"));
  backend_->models = Error{Code::kUnavailable, "http://10.0.0.5:11434 refused the connection"};
  EXPECT_EQ(error_of(*request("GET", "/ui/models")),
            "502 unavailable: http://10.0.0.5:11434 refused the connection");
}

TEST_F(ServiceTest, AnAnswerStreamsWithItsFigures) {
  backend_->loaded = std::vector<backend::LoadedModel>(1);
  backend_->loaded->front().summary.name = "SmolLM2:135m";
  const auto writer = say("Hello");
  EXPECT_EQ(writer->status, 200);
  EXPECT_EQ(writer->headers.front().second, "application/x-ndjson");
  EXPECT_EQ(events(*writer),
            (std::vector<json>{{{"type", "run-started"}, {"run", "r1"}, {"model", "smollm2:135m"}}}))
      << "at once";
  const backend::Request& asked = last_run().request;
  EXPECT_EQ(asked.kind, backend::Request::Kind::kChat);
  EXPECT_EQ(asked.model, "smollm2:135m");
  EXPECT_EQ(last_prompt(), "user:Hello|");
  EXPECT_FLOAT_EQ(*asked.options.temperature, 0.2F);
  EXPECT_EQ(asked.options.num_predict, 1024);
  EXPECT_EQ(asked.deadline_ms, 120'000);
  last_run().listener->on_queued(2);
  last_run().listener->on_queued(2);
  last_run().listener->on_queued(1);
  last_run().listener->on_started();
  advance(300);
  last_run().say("Прив");
  advance(100);
  last_run().say("ет 🙂");
  advance(100);
  backend::Summary summary;
  summary.done_reason = "length";
  summary.prompt_tokens = 37;
  summary.cached_tokens = 12;
  summary.answer_tokens = 8;
  summary.answer_ns = 400'000'000;
  summary.n_ctx = 4096;
  last_run().done(summary);
  EXPECT_EQ(writer->n_ends, 1);
  const std::vector<json> lines = events(*writer);
  ASSERT_EQ(lines.size(), 7U) << writer->body;
  EXPECT_EQ(lines[1], (json{{"type", "queue-place"}, {"place", 2}}));
  EXPECT_EQ(lines[2], (json{{"type", "queue-place"}, {"place", 1}}));
  EXPECT_EQ(lines[3], (json{{"type", "text-start"}}));
  EXPECT_EQ(lines[4], (json{{"t", "Прив"}}));
  EXPECT_EQ(lines[6],
            json::parse(R"({"type":"stats-final","seconds":0.5,"first_token_seconds":0.3,"characters":8,
    "tokens":8,"tokens_per_second":20,"prompt_tokens":37,"cached_tokens":12,"context_tokens":45,"context_length":4096,
    "reason":"length"})"));
}

TEST_F(ServiceTest, LoadingIsToldWhenTheModelIsNotInMemory) {
  const auto writer = say("Hello");
  EXPECT_EQ(events(*writer).at(1), (json{{"type", "model-loading"}}));
  last_run().done();
}

TEST_F(ServiceTest, AFollowUpCarriesTheConversation) {
  say("one");
  last_run().say("first ");
  last_run().say("answer");
  last_run().done();
  const auto writer = request("POST", "/ui/chats/c1/messages",
                              R"({"model":"m","text":"two","settings":{"temperature":1.5,"max_tokens":7,
                                  "system_prompt":"Be brief."},"history":[{"role":"user","content":"not this"}]})");
  EXPECT_EQ(last_prompt(), "system:Be brief.|user:one|assistant:first answer|user:two|");
  EXPECT_FLOAT_EQ(*last_run().request.options.temperature, 1.5F);
  EXPECT_EQ(last_run().request.options.num_predict, 7);
  last_run().done();
  say("other", "c2");
  EXPECT_EQ(last_prompt(), "user:other|") << "chats are apart";
  last_run().done();
}

TEST_F(ServiceTest, AForgottenChatGoesOnFromThePagesHistory) {
  request("POST", "/ui/chats/c9/messages", R"({"model":"m","text":"three","history":[
    {"role":"assistant","content":"a leading answer is of no use"},
    {"role":"user","content":"one"},{"role":"user","content":"two"},{"role":"assistant","content":"both"}]})");
  EXPECT_EQ(last_prompt(), "user:one\n\ntwo|assistant:both|user:three|");
  last_run().done();
}

TEST_F(ServiceTest, StopKeepsThePartialText) {
  const auto writer = say("Tell me");
  last_run().listener->on_started();
  advance(200);
  last_run().say("Once upon");
  advance(100);
  EXPECT_EQ(request("POST", "/ui/chats/c1/stop", "", "")->status, 204);
  EXPECT_EQ(last_run().n_cancels, 1);
  EXPECT_EQ(events(*writer).back(),
            json::parse(R"({"type":"run-stopped","seconds":0.3,"first_token_seconds":0.2,
    "characters":9,"tokens":1,"tokens_per_second":10})"));
  EXPECT_EQ(writer->n_ends, 1);
  say("And then?");
  EXPECT_EQ(last_prompt(), "user:Tell me|assistant:Once upon|user:And then?|");
  last_run().done();
  EXPECT_EQ(request("POST", "/ui/chats/unknown/stop")->status, 204) << "nothing to stop is no error";
}

TEST_F(ServiceTest, RetryAnswersTheLastMessageAgain) {
  say("one");
  last_run().say("bad");
  last_run().done();
  const auto writer = retry();
  EXPECT_EQ(last_prompt(), "user:one|");
  last_run().say("good");
  last_run().done();
  say("two");
  EXPECT_EQ(last_prompt(), "user:one|assistant:good|user:two|");
  last_run().done();
  retry({{"history", {{{"role", "user"}, {"content", "kept by the page"}}}}}, "c5");
  EXPECT_EQ(last_prompt(), "user:kept by the page|");
  last_run().done();
  EXPECT_EQ(error_of(*retry(json::object(), "c6")),
            "400 invalid-argument: history: there is no message to answer again");
  EXPECT_EQ(say("the chat is free", "c6")->status, 200);
  last_run().done();
}

TEST_F(ServiceTest, AFailureKeepsTheTextAndTellsWhy) {
  const auto writer = say("one");
  last_run().say("Half");
  last_run().fail({Code::kUnavailable, "the connection to http://x:1 was lost in mid-answer"});
  EXPECT_EQ(events(*writer).back(),
            (json{{"type", "run-failed"},
                  {"code", "unavailable"},
                  {"message", "the connection to http://x:1 was lost in mid-answer"}}));
  EXPECT_EQ(writer->n_ends, 1);
  say("two");
  EXPECT_EQ(last_prompt(), "user:one|assistant:Half|user:two|");
  last_run().done();
}

TEST_F(ServiceTest, AnUnknownModelFailsInTheStreamAndCanBeRetried) {
  backend_->on_generate = [](FakeBackend::Started& run) {
    run.fail({Code::kNotFound, "model 'nope' not found"});
  };
  const auto writer = request("POST", "/ui/chats/c1/messages", R"({"model":"nope","text":"Hello"})");
  EXPECT_EQ(writer->status, 200);
  EXPECT_EQ(events(*writer).back(),
            (json{{"type", "run-failed"}, {"code", "not-found"}, {"message", "model 'nope' not found"}}));
  EXPECT_EQ(writer->n_ends, 1);
  backend_->on_generate = nullptr;
  retry();
  EXPECT_EQ(last_prompt(), "user:Hello|");
  last_run().done();
}

TEST_F(ServiceTest, APageThatGoesAwayEndsItsRunAndKeepsTheText) {
  const auto writer = say("one");
  last_run().say("Half");
  writer->gone = true;
  writer->disconnect();
  EXPECT_EQ(last_run().n_cancels, 1);
  say("two");
  EXPECT_EQ(last_prompt(), "user:one|assistant:Half|user:two|");
  last_run().done();
}

TEST_F(ServiceTest, AWriteThatFailsEndsTheRun) {
  const auto writer = say("one");
  writer->gone = true;
  last_run().say("Half");
  EXPECT_EQ(last_run().n_cancels, 1);
}

TEST_F(ServiceTest, OneAnswerAtATime) {
  const auto first = say("one");
  const auto second = say("two");
  EXPECT_EQ(error_of(*second), "409 conflict: an answer is still being written in this chat");
  EXPECT_EQ(error_of(*retry()), "409 conflict: an answer is still being written in this chat");
  EXPECT_EQ(backend_->runs.size(), 1U);
  last_run().say("x");
  last_run().done();
  say("two");
  EXPECT_EQ(last_prompt(), "user:one|assistant:x|user:two|");
  last_run().done();
}

TEST_F(ServiceTest, DeleteForgetsTheChatAndEndsItsRun) {
  const auto writer = say("one");
  last_run().say("Half");
  EXPECT_EQ(request("DELETE", "/ui/chats/c1", "", "")->status, 204);
  EXPECT_EQ(last_run().n_cancels, 1);
  EXPECT_EQ(events(*writer).back()["type"], "run-stopped");
  say("two");
  EXPECT_EQ(last_prompt(), "user:two|");
  last_run().done();
}

TEST_F(ServiceTest, BadRequestsNameWhatIsWrong) {
  const auto refused = [&](const std::string& body) {
    return error_of(*request("POST", "/ui/chats/c1/messages", body));
  };
  const std::string invalid = "400 invalid-argument: ";
  EXPECT_EQ(refused(""), invalid + "the body is not a JSON object");
  EXPECT_EQ(refused("{bad"), invalid + "the body is not a JSON object");
  EXPECT_EQ(refused("[1]"), invalid + "the body is not a JSON object");
  EXPECT_EQ(refused(R"({"text":"x"})"), invalid + "model: missing");
  EXPECT_EQ(refused(R"({"model":5,"text":"x"})"), invalid + "model: expected a string, got a number");
  EXPECT_EQ(refused(R"({"model":"m"})"), invalid + "text: missing");
  EXPECT_EQ(refused(R"({"model":"m","text":""})"), invalid + "text: empty");
  EXPECT_EQ(refused(R"({"model":"m","text":")" + std::string(1001, 'x') + "\"}"),
            "413 too-large: text: 1001 bytes, at most 1000 are allowed");
  const auto settings = [&](const std::string& value) {
    return refused(R"({"model":"m","text":"x","settings":)" + value + "}");
  };
  EXPECT_EQ(settings("[]"), invalid + "settings: expected an object, got an array");
  EXPECT_EQ(settings(R"({"temperature":5})"), invalid + "settings.temperature: 5 is above the limit of 2");
  EXPECT_EQ(settings(R"({"temperature":"hot"})"),
            invalid + "settings.temperature: expected a number, got a string");
  EXPECT_EQ(settings(R"({"max_tokens":0})"), invalid + "settings.max_tokens: 0 is below the limit of 1");
  EXPECT_EQ(settings(R"({"max_tokens":2.5})"), invalid + "settings.max_tokens: 2.5 is not a whole number");
  EXPECT_EQ(settings(R"({"system_prompt":7})"),
            invalid + "settings.system_prompt: expected a string, got a number");
  const auto history = [&](const std::string& value) {
    return refused(R"({"model":"m","text":"x","history":)" + value + "}");
  };
  EXPECT_EQ(history("{}"), invalid + "history: expected an array, got an object");
  EXPECT_EQ(history(R"([{"role":"user","content":"a"},{"role":"system","content":"b"}])"),
            invalid + "history[1].role: expected \"user\" or \"assistant\"");
  EXPECT_EQ(history(R"([{"role":"user"}])"), invalid + "history[0].content: expected a string, got null");
  EXPECT_EQ(history(R"([{"role":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}]"),
            invalid + "the body nests more than 200 arrays and objects");
  EXPECT_TRUE(backend_->runs.empty());
  EXPECT_EQ(error_of(*request("POST", "/ui/chats/c1/messages", R"({"model":"m","text":"x"})", "text/plain")),
            invalid + "Content-Type: expected application/json")
      << "a foreign page may send plain text, but not JSON";
}

TEST_F(ServiceTest, ChatIdsAreChecked) {
  for (const std::string& id : {std::string("a b"), std::string(65, 'a'), std::string("..")}) {
    EXPECT_EQ(request("POST", "/ui/chats/" + id + "/stop")->status, 400) << id;
    EXPECT_EQ(request("DELETE", "/ui/chats/" + id)->status, 400) << id;
    EXPECT_EQ(request("POST", "/ui/chats/" + id + "/messages", R"({"model":"m","text":"x"})")->status, 400)
        << id;
  }
  EXPECT_EQ(request("GET", "/ui/chats/c1/messages")->status, 405);
}

TEST(Events, TextIsEscaped) {
  EXPECT_EQ(encode_text("a\"b\n<\x01"), "{\"t\":\"a\\\"b\\n\\u003c\\u0001\"}\n");
}

}  // namespace
}  // namespace samovar::chat
