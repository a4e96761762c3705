#include "api/routes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "api/handler_client.h"
#include "api/scripted_backend.h"

namespace samovar::api {
namespace {

using Json = nlohmann::json;
using HeldRun = ScriptedBackend::HeldRun;

class Routes : public ::testing::Test {
 protected:
  Routes() : backend_(std::make_shared<ScriptedBackend>()) {
    backend_->add_model("smollm2:latest", {"completion"});
    backend_->add_model("tooly:1b", {"completion", "tools", "thinking"});
    Deps deps;
    deps.backend = backend_;
    deps.version = "0.1.0";
    deps.now_ns = [] { return int64_t{1'795'359'222'140'000'000}; };
    deps.allowed_origins = {"https://*.example.com"};
    deps.check_store = [this](const std::function<void(Result<void>)>& done) { done(store_); };
    add_routes(router_, std::move(deps));
  }

  HandlerClient post(const std::string& path, const std::string& body) {
    return {router_, "POST", path, body};
  }
  Seen post_once(const std::string& path, const std::string& body) { return post(path, body).look(); }
  Seen get(const std::string& path, http::Headers headers = {}) {
    return HandlerClient(router_, "GET", path, "", std::move(headers)).look();
  }

  // A stream whose backend the test plays.
  struct Stream {
    HandlerClient client;
    std::shared_ptr<HeldRun> run;
  };
  Stream start(const std::string& path, const std::string& body) {
    backend_->hold = true;
    HandlerClient client = post(path, body);
    return {std::move(client), backend_->held.back()};
  }
  static backend::Piece piece(const std::string& content) {
    backend::Piece out;
    out.content = content;
    return out;
  }
  static backend::Summary summary() {
    backend::Summary out;
    out.done_reason = "stop";
    out.total_ns = 9;
    out.prompt_tokens = 10;
    out.cached_tokens = 4;
    out.answer_tokens = 3;
    return out;
  }

  http::Router router_;
  std::shared_ptr<ScriptedBackend> backend_;
  Result<void> store_;
};

constexpr auto kChat = R"({"model":"smollm2","messages":[{"role":"user","content":"hi"}]})";
constexpr auto kOpenAiStream =
    R"({"model":"smollm2","stream":true,"messages":[{"role":"user","content":"hi"}]})";

TEST_F(Routes, StreamsEachPieceAtOnceAndNothingBeforeTheFirst) {
  auto [client, run] = start("/api/chat", kChat);
  run->listener->on_queued(2);
  run->listener->on_started();
  EXPECT_EQ(client.look().status, 0);
  run->listener->on_piece(piece("a <b>"));
  EXPECT_EQ(client.look().pieces.at(0),
            R"({"model":"smollm2","created_at":"2026-11-22T14:53:42.14Z","message":{"role":"assistant",)"
            R"("content":"a \u003cb\u003e"},"done":false})"
            "\n");
  run->listener->on_piece({});  // nothing to say: no line
  run->listener->on_done(summary());
  const Seen& seen = client.look();
  ASSERT_EQ(seen.pieces.size(), 2U);
  EXPECT_EQ(seen.pieces[1],
            R"({"model":"smollm2","created_at":"2026-11-22T14:53:42.14Z","message":{"role":"assistant",)"
            R"("content":""},"done":true,"done_reason":"stop","total_duration":9,"prompt_eval_count":10,)"
            R"("prompt_eval_cached_count":4,"eval_count":3})"
            "\n");
  EXPECT_TRUE(seen.finished);
  EXPECT_EQ(seen.header("Server"), "Samovar/0.1.0");
}

TEST_F(Routes, AClientThatLeavesCancelsItsRun) {
  for (const char* path : {"/api/chat", "/v1/chat/completions"}) {
    auto [client, run] = start(path, kOpenAiStream);
    EXPECT_EQ(run->cancels, 0);
    run->listener->on_piece(piece("a"));
    client.look();
    client.leave();
    EXPECT_EQ(run->cancels, 1) << path;
    EXPECT_EQ(client.look().pieces.size(), 1U) << path;
  }
  auto [client, run] = start("/api/generate", R"({"model":"smollm2","prompt":"x","stream":false})");
  client.leave();
  EXPECT_EQ(run->cancels, 1);
  EXPECT_EQ(client.look().status, 499);
}

TEST_F(Routes, AClientThatLeavesAfterTheEndCancelsNothing) {
  auto [client, run] = start("/api/chat", kChat);
  run->listener->on_done(summary());
  client.leave();
  EXPECT_EQ(run->cancels, 0);
}

TEST_F(Routes, AFailureInTheMiddleIsTheLastLine) {
  auto [client, run] = start("/api/chat", kChat);
  run->listener->on_piece(piece("a"));
  run->listener->on_failed({Code::kInternal, "the engine broke"});
  EXPECT_EQ(client.look().status, 200);
  EXPECT_EQ(client.look().pieces.back(), "{\"error\":\"the engine broke\"}\n");
  EXPECT_TRUE(client.look().finished);

  auto [openai, second] = start("/v1/chat/completions", kOpenAiStream);
  second->listener->on_piece(piece("a"));
  second->listener->on_failed({Code::kTimeout, "too slow"});
  EXPECT_EQ(
      openai.look().pieces.back(),
      "data: {\"error\":{\"message\":\"too slow\",\"type\":\"api_error\",\"param\":null,\"code\":null}}\n\n"
      "data: [DONE]\n\n");
}

TEST_F(Routes, AFailureBeforeTheFirstPieceHasItsOwnStatus) {
  struct Row {
    Code code;
    int status;
  };
  for (const Row& row : {Row{Code::kInvalidArgument, 400}, Row{Code::kNotFound, 404},
                         Row{Code::kUnsupported, 400}, Row{Code::kTooLong, 400}, Row{Code::kBusy, 503},
                         Row{Code::kTimeout, 504}, Row{Code::kCancelled, 499}, Row{Code::kOutOfMemory, 500},
                         Row{Code::kUnavailable, 502}, Row{Code::kCorrupt, 500}, Row{Code::kInternal, 500}}) {
    for (const char* path : {"/api/chat", "/v1/chat/completions"}) {
      auto [client, run] = start(path, kOpenAiStream);
      run->listener->on_failed({row.code, "because"});
      EXPECT_EQ(client.look().status, row.status) << path << to_string(row.code);
      EXPECT_FALSE(client.look().streamed);
      EXPECT_EQ(client.look().header("Retry-After").empty(), row.status != 503);
    }
  }
}

TEST_F(Routes, SaysWhichContextWasTooSmallInOpenAisWords) {
  auto [client, run] = start("/v1/chat/completions", kOpenAiStream);
  run->listener->on_failed({Code::kTooLong, "the prompt has 5000 tokens, the context 4096"});
  const Json error = Json::parse(client.look().body)["error"];
  EXPECT_EQ(error["code"], "context_length_exceeded");
  EXPECT_EQ(error["message"], "the prompt has 5000 tokens, the context 4096");
}

TEST_F(Routes, OpenAiStreamsSayTheRoleOnceAndEndWithDone) {
  auto [client, run] = start("/v1/chat/completions",
                             R"({"model":"tooly:1b","stream":true,"stream_options":{"include_usage":true},
                                 "messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function"}]})");
  backend::Piece call;
  call.tool_calls = {{"", "f", R"({"a":1})"}};
  run->listener->on_piece(piece("a"));
  run->listener->on_piece(call);
  run->listener->on_piece(call);
  run->listener->on_done(summary());
  const Seen& seen = client.look();
  EXPECT_EQ(seen.header("Content-Type"), "text/event-stream");
  const auto event = [&](size_t i) { return Json::parse(seen.pieces.at(i).substr(6)); };
  EXPECT_EQ(event(0)["choices"][0]["delta"], Json::parse(R"({"role":"assistant","content":"a"})"));
  EXPECT_EQ(event(1)["choices"][0]["delta"]["tool_calls"][0]["index"], 0);
  EXPECT_EQ(event(2)["choices"][0]["delta"]["tool_calls"][0]["index"], 1);
  EXPECT_EQ(event(2)["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"], R"({"a":1})");
  EXPECT_NE(event(1)["choices"][0]["delta"]["tool_calls"][0]["id"],
            event(2)["choices"][0]["delta"]["tool_calls"][0]["id"]);
  EXPECT_NE(seen.pieces.at(3).find(R"("delta":{},"finish_reason":"tool_calls")"), std::string::npos);
  EXPECT_NE(seen.pieces.at(3).find(R"("choices":[],"usage":{"prompt_tokens":10,"completion_tokens":3,)"
                                   R"("total_tokens":13,"prompt_tokens_details":{"cached_tokens":4}}})"),
            std::string::npos);
  EXPECT_TRUE(seen.body.ends_with("\n\ndata: [DONE]\n\n"));
}

TEST_F(Routes, OpenAiIdsDiffer) {
  std::set<std::string> ids;
  for (int i = 0; i < 50; ++i) {
    const Json answer =
        Json::parse(post_once("/v1/chat/completions",
                              R"({"model":"smollm2","messages":[{"role":"user","content":"hi"}]})")
                        .body);
    ids.insert(answer["id"]);
  }
  EXPECT_EQ(ids.size(), 50U);
}

TEST_F(Routes, PassesTheRequestOn) {
  post_once("/api/chat", R"({"model":"tooly:1b","messages":[{"role":"System","content":"s"},
      {"role":"assistant","content":"c","thinking":"t","tool_calls":[{"function":{"name":"f","arguments":{"z":1,"a":2}}}]},
      {"role":"tool","tool_name":"f","content":"r"}],"tools":[{"type":"function","function":{"name":"f"}}],
      "think":"high","format":{"type":"object"},"keep_alive":"1h30m","truncate":false,"shift":false,
      "logprobs":true,"top_logprobs":3,"options":{"temperature":0.5,"num_ctx":2048,"stop":["x"],"seed":7}})");
  const backend::Request& request = backend_->requests.back();
  ASSERT_EQ(request.messages.size(), 3U);
  EXPECT_EQ(request.messages[0].role, "system");
  EXPECT_EQ(request.messages[1].thinking, "t");
  EXPECT_EQ(request.messages[1].tool_calls.at(0).arguments_json, R"({"z":1,"a":2})");
  EXPECT_EQ(request.messages[2].tool_name, "f");
  EXPECT_EQ(request.tools_json, R"([{"type":"function","function":{"name":"f"}}])");
  EXPECT_EQ(request.think, true);
  EXPECT_EQ(request.think_level, "high");
  EXPECT_EQ(request.format_json, R"({"type":"object"})");
  EXPECT_EQ(request.keep_alive_ns, 5'400'000'000'000);
  EXPECT_EQ(request.truncate, false);
  EXPECT_EQ(request.shift, false);
  EXPECT_TRUE(request.logprobs);
  EXPECT_EQ(request.top_logprobs, 3);
  EXPECT_EQ(request.options.temperature, 0.5F);
  EXPECT_EQ(request.options.num_ctx, 2048);
  EXPECT_EQ(request.options.seed, 7);
  EXPECT_EQ(request.options.stop, std::vector<std::string>{"x"});
  EXPECT_FALSE(request.options.top_k.has_value());
}

TEST_F(Routes, PassesAGenerateRequestOn) {
  post_once("/api/generate", R"({"model":"smollm2","prompt":"p","system":"s","template":"{{ .Prompt }}",
      "context":[1,2],"keep_alive":-1,"format":"json","options":{"num_predict":0}})");
  const backend::Request& request = backend_->requests.back();
  EXPECT_EQ(request.kind, backend::Request::Kind::kGenerate);
  EXPECT_EQ(request.prompt, "p");
  EXPECT_EQ(request.system, "s");
  EXPECT_EQ(request.template_text, "{{ .Prompt }}");
  EXPECT_EQ(request.context, (std::vector<int32_t>{1, 2}));
  EXPECT_LT(request.keep_alive_ns, 0);
  EXPECT_EQ(request.format_json, "json");
  EXPECT_EQ(request.options.num_predict, 0);
}

TEST_F(Routes, OpenAiHasItsOwnDefaults) {
  post_once("/v1/chat/completions", kOpenAiStream);
  EXPECT_EQ(backend_->requests.back().options.temperature, 1.0F);
  EXPECT_EQ(backend_->requests.back().options.top_p, 1.0F);
  post_once("/v1/chat/completions",
            R"({"model":"smollm2","messages":[{"role":"user","content":"hi"}],"max_tokens":9,
      "max_completion_tokens":5,"stop":"x","temperature":0,"response_format":{"type":"json_object"}})");
  EXPECT_EQ(backend_->requests.back().options.num_predict, 5);
  EXPECT_EQ(backend_->requests.back().options.temperature, 0.0F);
  EXPECT_EQ(backend_->requests.back().options.stop, std::vector<std::string>{"x"});
  EXPECT_EQ(backend_->requests.back().format_json, "json");
}

TEST_F(Routes, ReportsAnUnknownModelBeforeItsOptions) {
  const std::string body =
      R"({"model":"nope","messages":[{"role":"user","content":"x"}],"options":{"top_k":"a"}})";
  EXPECT_EQ(post_once("/api/chat", body).status, 404);
  EXPECT_EQ(backend_->requests.size(), 0U);
}

TEST_F(Routes, UnloadsWithoutAMessage) {
  const Seen seen = post_once("/api/chat", R"({"model":"smollm2","keep_alive":"0s"})");
  EXPECT_NE(seen.body.find(R"("done":true,"done_reason":"unload"})"), std::string::npos) << seen.body;
  EXPECT_EQ(backend_->requests.back().keep_alive_ns, 0);
}

TEST_F(Routes, TellsAliveFromReady) {
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  backend_->ready = Error{Code::kUnavailable, "the upstream does not answer"};
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body,
            "not ready: the upstream does not answer\nanswers: the upstream does not answer\n"
            "conversations: ready\n");
  backend_->ready = false;
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(Routes, AStoreThatIsAwayClosesNothingButIsTold) {
  EXPECT_EQ(get("/readyz").body, "ready\n");
  store_ = Error{Code::kIo, "the database db cannot be reached"};
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_EQ(get("/readyz").body,
            "ready, but not all\nanswers: ready\nconversations: the database db cannot be reached\n");
  EXPECT_EQ(get("/readyz?strict=1").status, 503);
  backend_->ready = false;
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body,
            "not ready: the model is not loaded yet\nanswers: the model is not loaded yet\n"
            "conversations: the database db cannot be reached\n");
}

TEST_F(Routes, NeverAnswersForOthersPages) {
  EXPECT_EQ(get("/api/version", {{"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(get("/api/version", {{"Origin", "https://a.example.com"}}).status, 200);
  EXPECT_EQ(get("/api/version", {{"Origin", "https://a.example.com"}}).header("Access-Control-Allow-Origin"),
            "https://a.example.com");
  EXPECT_EQ(get("/api/version", {{"Host", "evil.example"}}).status, 403);
  EXPECT_EQ(get("/api/version", {{"Host", "localhost:11434"}}).status, 200);
  const Seen streamed =
      HandlerClient(router_, "POST", "/api/chat", kChat, {{"Origin", "http://localhost:3000"}}).look();
  EXPECT_TRUE(streamed.streamed);
  EXPECT_EQ(streamed.header("Access-Control-Allow-Origin"), "http://localhost:3000");
}

TEST_F(Routes, CompressedBodiesAreRefusedInWords) {
  const auto ask = [&](const std::string& path, const char* encoding) {
    return HandlerClient(router_, "POST", path, kChat, {{"Content-Encoding", encoding}}).look();
  };
  const Seen ollama = ask("/api/chat", "zstd");
  EXPECT_EQ(ollama.status, 415);
  EXPECT_EQ(Json::parse(ollama.body)["error"],
            "Content-Encoding: zstd is not supported: send the body as it is");
  EXPECT_EQ(Json::parse(ask("/v1/chat/completions", "gzip").body)["error"]["type"], "invalid_request_error");
  EXPECT_EQ(ask("/api/chat", "identity").status, 200);
}

// The line and the headers that tell of it; who cancels; keys. Behind a gate, as the server has it.
class GatedRoutes : public ::testing::Test {
 protected:
  GatedRoutes() : inner_(std::make_shared<ScriptedBackend>()) {
    inner_->add_model("smollm2:latest", {"completion"});
    inner_->hold = true;
    Deps deps;
    deps.gate =
        std::make_shared<backend::Gate>(inner_, backend::GateOptions{.max_waiting = 2, .parallel = 1});
    deps.backend = deps.gate;
    deps.counts = std::make_shared<HttpCounts>();
    deps.request_timeout_ms = 90'000;
    add_routes(router_, std::move(deps));
  }
  HandlerClient chat(http::Headers headers = {}) {
    return {router_, "POST", "/api/chat", kChat, std::move(headers)};
  }
  Json queue() { return Json::parse(HandlerClient(router_, "GET", "/api/queue").look().body); }

  http::Router router_;
  std::shared_ptr<ScriptedBackend> inner_;
};

TEST_F(GatedRoutes, PassOnWhoAsksAndHowLong) {
  const HandlerClient first = chat({{"X-Request-Id", "mine"}});
  EXPECT_EQ(inner_->held[0]->request.deadline_ms, 90'000);
  EXPECT_EQ(inner_->held[0]->request.id, "mine");
  const HandlerClient second = chat({{"X-Request-Timeout", "1m30s"}});
  EXPECT_EQ(inner_->held[1]->request.deadline_ms, 90'000);
  const HandlerClient third = chat({{"X-Request-Timeout", "0.5"}});
  EXPECT_EQ(inner_->held[2]->request.deadline_ms, 500);
  EXPECT_EQ(chat({{"X-Request-Timeout", "soon"}}).look().status, 400);
  EXPECT_EQ(inner_->held.size(), 3U);
}

TEST_F(GatedRoutes, TellThePlaceInLine) {
  HandlerClient first = chat();
  HandlerClient second = chat({{"X-Request-Id", "b"}});
  inner_->held[0]->listener->on_started();
  inner_->held[1]->listener->on_queued(1);
  const Json told = queue();
  EXPECT_EQ(told["running"], 1);
  EXPECT_EQ(told["waiting"], 1);
  EXPECT_EQ(told["yours"][1]["id"], "b");
  EXPECT_EQ(told["yours"][1]["place"], 1);
  EXPECT_TRUE(told["expected_wait_seconds"].is_null());
  inner_->held[1]->listener->on_started();
  inner_->held[1]->listener->on_done({});
  EXPECT_EQ(second.look().header("X-Queue-Place"), "1");
  EXPECT_EQ(second.look().header("X-Request-Id"), "b");
  EXPECT_EQ(queue()["yours"].size(), 1U);
}

TEST_F(GatedRoutes, AFullLineSaysWhenToComeAgain) {
  const HandlerClient first = chat();
  const HandlerClient second = chat();
  const HandlerClient third = chat();
  const Seen refused = chat().look();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "5");
}

TEST_F(GatedRoutes, ChoicesEndTogether) {
  const std::string body =
      R"({"model":"smollm2","n":2,"seed":7,"stream":true,"messages":[{"role":"user","content":"hi"}]})";
  HandlerClient client(router_, "POST", "/v1/chat/completions", body);
  ASSERT_EQ(inner_->held.size(), 2U);
  EXPECT_EQ(inner_->held[1]->request.options.seed, 8);
  backend::Piece word;
  word.content = "tea";
  inner_->held[1]->listener->on_piece(word);
  EXPECT_NE(client.look().body.find(R"("choices":[{"index":1,"delta":{"role":"assistant","content":"tea"})"),
            std::string::npos)
      << client.look().body;
  inner_->held[0]->listener->on_done({});
  EXPECT_FALSE(client.look().finished);
  inner_->held[1]->listener->on_failed({Code::kInternal, "broken"});
  EXPECT_TRUE(client.look().finished);
  EXPECT_TRUE(client.look().body.ends_with("\"code\":null}}\n\ndata: [DONE]\n\n")) << client.look().body;
}

TEST_F(GatedRoutes, OneFailureEndsTheOtherChoices) {
  const std::string body = R"({"model":"smollm2","prompt":["a","b"],"n":2})";
  HandlerClient client(router_, "POST", "/v1/completions", body);
  ASSERT_EQ(inner_->held.size(), 3U);  // the line holds no more
  EXPECT_EQ(client.look().status, 503);
  for (const auto& run : inner_->held) EXPECT_EQ(run->cancels, 1);
}

TEST(RoutesOnAnOpenAddress, TakeAnyHost) {
  http::Router router;
  Deps deps;
  deps.backend = std::make_shared<ScriptedBackend>();
  deps.loopback = false;
  add_routes(router, std::move(deps));
  EXPECT_EQ(HandlerClient(router, "GET", "/api/version", "", {{"Host", "chat.example"}}).look().status, 200);
}

TEST_F(Routes, RedirectsUntidyPathsOnlyToKnownOnes) {
  EXPECT_EQ(get("/api/tags/?a=1").status, 301);
  EXPECT_EQ(get("/api/tags/?a=1").header("Location"), "/api/tags?a=1");
  EXPECT_EQ(post_once("/api/chat/", "{}").status, 307);
  EXPECT_EQ(get("//evil.example/").status, 404);
  EXPECT_EQ(get("/nope/").status, 404);
  EXPECT_EQ(get("//").header("Location"), "/");
}

}  // namespace
}  // namespace samovar::api
