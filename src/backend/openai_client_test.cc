#include "backend/openai_client.h"

#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>

#include "backend/answer_recorder.h"
#include "backend/openai_wire.h"
#include "backend/sse_reader.h"
#include "http/scripted_server.h"

namespace samovar::backend {
namespace {

using http::ScriptedServer;
using Json = nlohmann::json;
using Peer = ScriptedServer::Peer;

Request ask_something() {
  Request request;
  request.model = "qwen";
  request.messages = {{.role = "user", .content = "Hi"}};
  return request;
}

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }

std::string delta(const std::string& content) {
  return event(R"({"choices":[{"index":0,"delta":{"content":")" + content + R"("},"finish_reason":null}]})");
}

const std::string kStop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string kUsage = event(
    R"({"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":12}}})");
const std::string kDone = event("[DONE]");

std::shared_ptr<AnswerRecorder> ask_server(const ScriptedServer& server, Request request,
                                           const UpstreamOptions& options = {}) {
  OpenAiClient client(server.origin() + "/v1", options);
  auto recorder = std::make_shared<AnswerRecorder>();
  const auto handle = client.generate(std::move(request), recorder);
  recorder->wait();
  return recorder;
}

std::shared_ptr<AnswerRecorder> ask_script(const ScriptedServer::Script& script,
                                           const UpstreamOptions& options = {}) {
  const ScriptedServer server(script);
  return ask_server(server, ask_something(), options);
}

std::shared_ptr<AnswerRecorder> stream_of(const std::string& bytes) {
  return ask_script([bytes](const Peer& peer) {
    peer.send_head(200, "text/event-stream; charset=utf-8");
    peer.send_chunk(bytes);
    peer.send_end();
  });
}

template <typename T>
Result<T> ask_for(const std::function<void(Callback<T>)>& ask) {
  std::promise<Result<T>> promise;
  ask([&](Result<T> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

Json body_of(const Request& request) {
  const Result<OpenAiBody> body = encode_openai_run(request);
  EXPECT_TRUE(body);
  return Json::parse(body->body);
}

TEST(SseReader, ReadsEventsHoweverTheyAreCut) {
  const std::string text =
      ": hello\r\ndata: one\r\n\r\ndata:two\ndata: three\n\nevent: x\nid: 4\n\ndata\n\rdata: last";
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}, text.size()}) {
    SseReader reader(100);
    std::vector<std::string> events;
    const auto keep = [&](std::string_view data) {
      events.emplace_back(data);
      return true;
    };
    for (size_t at = 0; at < text.size(); at += step)
      EXPECT_TRUE(reader.read(std::string_view(text).substr(at, step), keep));
    reader.end(keep);
    EXPECT_EQ(events, (std::vector<std::string>{"one", "two\nthree", "", "last"})) << step;
  }
  SseReader reader(10);
  EXPECT_FALSE(reader.read("data: much too long", [](std::string_view) { return true; }));
}

TEST(OpenAiWire, EncodesAChat) {
  Request request = ask_something();
  request.messages = {
      {.role = "system", .content = "Be kind."},
      {.role = "user", .content = "Time?"},
      {.role = "assistant", .content = "", .tool_calls = {{"", "clock", R"({"zone":"UTC"})"}}},
      {.role = "tool", .content = "noon", .tool_name = "clock"}};
  request.tools_json = R"([{"type":"function","function":{"name":"clock"}}])";
  request.tool_choice = "clock";
  request.options.temperature = 0.5F;
  request.options.num_predict = 8;
  request.options.stop = std::vector<std::string>{"END"};
  request.options.seed = 3;
  request.logprobs = true;
  request.top_logprobs = 2;
  request.format_json = "json";
  EXPECT_EQ(encode_openai_run(request)->path, "/chat/completions");
  EXPECT_EQ(body_of(request),
            Json::parse(R"({"model":"qwen","stream":true,"stream_options":{"include_usage":true},
    "messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Time?"},
      {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
        "function":{"name":"clock","arguments":"{\"zone\":\"UTC\"}"}}]},
      {"role":"tool","content":"noon","tool_call_id":"call_1"}],
    "tools":[{"type":"function","function":{"name":"clock"}}],
    "tool_choice":{"type":"function","function":{"name":"clock"}},
    "temperature":0.5,"max_tokens":8,"stop":["END"],"seed":3,"logprobs":true,"top_logprobs":2,
    "response_format":{"type":"json_object"}})"));
  request.format_json = R"({"type":"object"})";
  EXPECT_EQ(body_of(request)["response_format"]["json_schema"]["schema"],
            Json::parse(R"({"type":"object"})"));
}

TEST(OpenAiWire, AsksForNothingThatWasNotAskedFor) {
  EXPECT_EQ(body_of(ask_something()),
            Json::parse(R"({"model":"qwen","messages":[{"role":"user","content":"Hi"}],"stream":true,
                            "stream_options":{"include_usage":true}})"));
  Request request = ask_something();
  request.options.num_predict = -1;  // as long as it likes
  request.options.top_k = 5;
  EXPECT_EQ(body_of(request)["top_k"], 5);
  EXPECT_FALSE(body_of(request).contains("max_tokens"));
}

TEST(OpenAiWire, APromptBecomesAChatUnlessItIsRaw) {
  Request request;
  request.kind = Request::Kind::kGenerate;
  request.prompt = "Once";
  request.system = "Be kind.";
  EXPECT_EQ(body_of(request)["messages"], Json::parse(R"([{"role":"system","content":"Be kind."},
                                                         {"role":"user","content":"Once"}])"));
  request.raw = true;
  request.suffix = "end";
  EXPECT_EQ(encode_openai_run(request)->path, "/completions");
  EXPECT_EQ(body_of(request)["prompt"], "Once");
  EXPECT_EQ(body_of(request)["suffix"], "end");
  request.context = {1, 2};
  EXPECT_EQ(encode_openai_run(request).error().code, Code::kUnsupported);
  request.context.clear();
  request.template_text = "{{ .Prompt }}";
  EXPECT_EQ(encode_openai_run(request).error().code, Code::kUnsupported);
}

TEST(OpenAiClient, StreamsAChat) {
  const ScriptedServer server([](const Peer& peer) {
    EXPECT_TRUE(peer.request().starts_with("POST /v1/chat/completions HTTP/1.1\r\n")) << peer.request();
    EXPECT_NE(peer.request().find("Authorization: Bearer sesame\r\n"), std::string::npos);
    EXPECT_NE(peer.request().find("X-Request-Id: 5f0c8a52-33d0-4a43-9c7e-0d5cf2d0a4d1\r\n"),
              std::string::npos);
    EXPECT_NE(peer.request().find("traceparent: 00-aa-bb-01\r\n"), std::string::npos);
    peer.send_head(200, "text/event-stream");
    const std::string all =
        ": ping\n\n" + event(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})") +
        delta("Hel") + delta("lo é") +
        event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"length"}]})") + kUsage + kDone;
    for (const char byte : all) peer.send_chunk({&byte, 1});
    peer.send_end();
  });
  Request request = ask_something();
  request.id = "5f0c8a52-33d0-4a43-9c7e-0d5cf2d0a4d1";
  request.traceparent = "00-aa-bb-01";
  const auto recorder = ask_server(server, request, {.api_key = "sesame"});
  ASSERT_TRUE(recorder->summary_) << recorder->error_->message;
  EXPECT_TRUE(recorder->started_);
  EXPECT_EQ(recorder->text_, "Hello é");
  EXPECT_EQ(recorder->pieces_.size(), 2U) << "no empty piece";
  EXPECT_EQ(recorder->summary_->done_reason, "length");
  EXPECT_EQ(recorder->summary_->prompt_tokens, 30);
  EXPECT_EQ(recorder->summary_->cached_tokens, 12);
  EXPECT_EQ(recorder->summary_->answer_tokens, 7);
  EXPECT_GT(recorder->summary_->total_ns, 0);
}

TEST(OpenAiClient, PutsToolCallsTogether) {
  const auto call = [](const std::string& inner) {
    return event(R"({"choices":[{"index":0,"delta":{"tool_calls":[)" + inner + R"(]}}]})");
  };
  const auto recorder = stream_of(
      event(R"({"choices":[{"index":0,"delta":{"reasoning_content":"Hm."}}]})") +
      call(R"({"index":0,"id":"c1","type":"function","function":{"name":"clock","arguments":""}})") +
      call(R"({"index":0,"function":{"arguments":"{\"zone\":"}})") +
      call(R"({"index":0,"function":{"arguments":"1}"}})") +
      call(R"({"index":1,"id":"c2","function":{"name":"rest"}})") +
      event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})") + kDone);
  ASSERT_TRUE(recorder->summary_) << recorder->error_->message;
  EXPECT_EQ(recorder->thinking_, "Hm.");
  ASSERT_EQ(recorder->pieces_.size(), 2U);
  ASSERT_EQ(recorder->pieces_[1].tool_calls.size(), 2U);
  EXPECT_EQ(recorder->pieces_[1].tool_calls[0].arguments_json, R"({"zone":1})");
  EXPECT_EQ(recorder->pieces_[1].tool_calls[1].name, "rest");
  EXPECT_EQ(recorder->pieces_[1].tool_calls[1].arguments_json, "{}");
  EXPECT_EQ(recorder->summary_->done_reason, "stop");
}

TEST(OpenAiClient, AnAnswerInOnePieceIsUnderstood) {
  const auto recorder = ask_script([](const Peer& peer) {
    peer.answer(
        200,
        R"({"choices":[{"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop",)"
        R"("logprobs":{"content":[{"token":"Hello","logprob":-0.5,"top_logprobs":[{"token":"Hi","logprob":-1}]}]}}],)"
        R"("usage":{"prompt_tokens":3,"completion_tokens":1}})");
  });
  ASSERT_TRUE(recorder->summary_) << recorder->error_->message;
  EXPECT_EQ(recorder->text_, "Hello");
  EXPECT_EQ(recorder->summary_->answer_tokens, 1);
  ASSERT_EQ(recorder->pieces_[0].logprobs.size(), 1U);
  EXPECT_EQ(recorder->pieces_[0].logprobs[0].top[0].token, "Hi");
}

TEST(OpenAiClient, EndsOfAllKinds) {
  EXPECT_TRUE(stream_of(delta("x") + kStop)->summary_) << "no [DONE]";
  const auto interrupted = stream_of(delta("x") + kDone);
  ASSERT_TRUE(interrupted->error_) << "no reason";
  EXPECT_NE(interrupted->error_->message.find("broke the answer off"), std::string::npos);
  const auto cut = stream_of(delta("Hel"));
  ASSERT_TRUE(cut->error_);
  EXPECT_EQ(cut->text_, "Hel");
  EXPECT_EQ(cut->error_->code, Code::kUnavailable);
  EXPECT_NE(cut->error_->message.find("was lost in mid-answer"), std::string::npos) << cut->error_->message;
  const auto broken = stream_of(delta("Hel") + event("{\"choices\":[{") + kDone);
  ASSERT_TRUE(broken->error_);
  EXPECT_NE(broken->error_->message.find("sent a broken answer"), std::string::npos)
      << broken->error_->message;
  const auto failed = stream_of(delta("Hel") + event(R"({"error":{"message":"CUDA out of luck"}})"));
  ASSERT_TRUE(failed->error_);
  EXPECT_EQ(failed->error_->message, "CUDA out of luck");
}

TEST(OpenAiClient, PassesErrorsOnInTheServersWords) {
  const auto fails = [](int status, const std::string& body) {
    const auto recorder = ask_script([=](const Peer& peer) { peer.answer(status, body); });
    EXPECT_TRUE(recorder->error_);
    EXPECT_FALSE(recorder->started_);
    return recorder->error_.value_or(Error{});
  };
  Error error = fails(404, R"({"error":{"message":"The model `x` does not exist.","type":"NotFoundError"}})");
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_EQ(error.message, "The model `x` does not exist.");
  EXPECT_EQ(fails(400, R"({"object":"error","message":"maximum context length is 4096 tokens"})").code,
            Code::kTooLong);
  EXPECT_EQ(fails(422, R"({"detail":[{"msg":"field required"}]})").message, R"([{"msg":"field required"}])");
  EXPECT_EQ(fails(429, R"({"error":{"message":"Rate limit reached"}})").code, Code::kBusy);
  EXPECT_EQ(fails(503, "<html>").code, Code::kBusy);
  EXPECT_EQ(fails(500, "").code, Code::kUnavailable);
  error = fails(401, R"({"error":{"message":"Incorrect API key provided"}})");
  EXPECT_EQ(error.code, Code::kUnavailable) << "not the caller's fault";
  EXPECT_NE(error.message.find("SAMOVAR_UPSTREAM_KEY"), std::string::npos) << error.message;
}

TEST(OpenAiClient, AStalledAnswerEnds) {
  const auto recorder = ask_script(
      [](const Peer& peer) {
        peer.send_head(200, "text/event-stream");
        peer.send_chunk(delta("Hel"));
        peer.wait_closed();
      },
      {.stall_limit_ms = 150});
  ASSERT_TRUE(recorder->error_);
  EXPECT_EQ(recorder->text_, "Hel");
  EXPECT_EQ(recorder->error_->code, Code::kTimeout);
  EXPECT_NE(recorder->error_->message.find("nothing came for 150 ms"), std::string::npos)
      << recorder->error_->message;
}

TEST(OpenAiClient, CancelClosesTheConnection) {
  std::promise<void> closed;
  const ScriptedServer server([&](const Peer& peer) {
    peer.send_head(200, "text/event-stream");
    peer.send_chunk(delta("Hel"));
    peer.wait_closed();
    closed.set_value();
  });
  OpenAiClient client(server.origin() + "/v1", {});
  auto recorder = std::make_shared<AnswerRecorder>();
  const auto handle = client.generate(ask_something(), recorder);
  recorder->wait_for_text("Hel");
  handle->cancel();
  recorder->wait();
  EXPECT_EQ(recorder->error_->code, Code::kCancelled);
  EXPECT_EQ(closed.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(OpenAiClient, ListsAndDescribesModels) {
  const ScriptedServer server([](const Peer& peer) {
    EXPECT_TRUE(peer.request().starts_with("GET /v1/models "));
    peer.answer(
        200,
        R"({"object":"list","data":[{"id":"a/b","created":1795359017,"owned_by":"vllm","max_model_len":32768},
                         {"id":"c.gguf","meta":{"n_ctx_train":8192,"n_embd":64,"size":77}},{"no":"id"}]})");
  });
  OpenAiClient client(server.origin() + "/v1", {});
  const auto models = ask_for<std::vector<ModelSummary>>([&](auto callback) { client.list(callback); });
  ASSERT_TRUE(models) << models.error().message;
  ASSERT_EQ(models->size(), 2U);
  EXPECT_EQ((*models)[0].facts.context_length, 32768);
  EXPECT_EQ((*models)[0].modified_at_ns, 1795359017'000000000);
  EXPECT_EQ((*models)[1].size_bytes, 77);
  const auto loaded = ask_for<std::vector<LoadedModel>>([&](auto callback) { client.list_loaded(callback); });
  ASSERT_TRUE(loaded);
  EXPECT_EQ((*loaded)[1].n_ctx, 8192);
  const auto shown =
      ask_for<ModelDescription>([&](auto callback) { client.describe("c.gguf", false, callback); });
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->summary.facts.embedding_length, 64);
  const auto missing =
      ask_for<ModelDescription>([&](auto callback) { client.describe("x", false, callback); });
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  auto recorder = std::make_shared<AnswerRecorder>();
  Request load;
  load.model = "a/b";
  const auto handle = client.generate(load, recorder);
  recorder->wait();
  ASSERT_TRUE(recorder->summary_);
  EXPECT_EQ(recorder->summary_->done_reason, "load");
}

TEST(OpenAiClient, Embeds) {
  const ScriptedServer server([](const Peer& peer) {
    const auto body = Json::parse(peer.request().substr(peer.request().find("\r\n\r\n") + 4));
    EXPECT_EQ(body, Json::parse(R"({"model":"e","input":["a","b"],"encoding_format":"float"})"));
    peer.answer(
        200,
        R"({"data":[{"index":1,"embedding":[3]},{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":5}})");
  });
  OpenAiClient client(server.origin() + "/v1", {});
  EmbedRequest request;
  request.model = "e";
  request.texts = {"a", "b"};
  const auto found = ask_for<Embeddings>([&](auto callback) { client.embed(request, callback); });
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->vectors, (std::vector<std::vector<float>>{{1, 2}, {3}}));
  EXPECT_EQ(found->tokens, 5);
}

}  // namespace
}  // namespace samovar::backend
