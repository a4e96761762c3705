#include "backend/ollama_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "backend/answer_recorder.h"
#include "backend/ollama_address.h"
#include "http/scripted_server.h"

namespace samovar::backend {
namespace {

using namespace std::chrono_literals;
using http::ScriptedServer;
using Peer = ScriptedServer::Peer;

std::unique_ptr<OllamaClient> make_client(const std::string& address, const UpstreamOptions& options = {}) {
  Result<std::unique_ptr<OllamaClient>> client = OllamaClient::make(address, options);
  EXPECT_TRUE(client) << client.error().message;
  return *std::move(client);
}

Request chat_request() {
  Request request;
  request.model = "smollm2:135m";
  request.messages = {{.role = "system", .content = "Be kind."}, {.role = "user", .content = "Hi <b>"}};
  request.options.temperature = 0.5F;
  request.options.num_predict = 8;
  request.options.stop = {"END"};
  return request;
}

std::shared_ptr<AnswerRecorder> run(const std::string& address, const Request& request,
                                    const UpstreamOptions& options = {}) {
  const auto client = make_client(address, options);
  auto recorder = std::make_shared<AnswerRecorder>();
  const auto handle = client->generate(request, recorder);
  recorder->wait();
  return recorder;
}

// The outcome of one scripted answer to a chat.
std::shared_ptr<AnswerRecorder> run_script(const ScriptedServer::Script& script,
                                           const UpstreamOptions& options = {}) {
  const ScriptedServer server(script);
  return run(server.origin(), chat_request(), options);
}

template <typename T>
Result<T> wait_for(const std::function<void(Callback<T>)>& ask) {
  std::promise<Result<T>> promise;
  ask([&](Result<T> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

const std::string kFirst =
    R"({"model":"m","created_at":"2026-11-22T14:53:41.2Z","message":{"role":"assistant","content":"Hel"},"done":false})"
    "\n";
const std::string kSecond = R"({"message":{"role":"assistant","content":"lo é"},"done":false})"
                            "\n";
const std::string kLast =
    R"({"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"length","total_duration":9000,)"
    R"("load_duration":100,"prompt_eval_count":37,"prompt_eval_cached_count":12,"prompt_eval_duration":700,)"
    R"("eval_count":8,"eval_duration":800})"
    "\n";

TEST(OllamaAddress, IsReadAsOllamaReadsIt) {
  const auto url = [](const char* text) {
    const Result<std::string> parsed = parse_ollama_address(text);
    return parsed ? *parsed : parsed.error().message;
  };
  EXPECT_EQ(url("10.0.0.5"), "http://10.0.0.5:11434");
  EXPECT_EQ(url("box:8080"), "http://box:8080");
  EXPECT_EQ(url(" http://box:11434/ "), "http://box:11434");
  EXPECT_EQ(url("http://box"), "http://box:80");
  EXPECT_EQ(url("https://box/prefix/"), "https://box:443/prefix");
  EXPECT_EQ(url(""), "http://127.0.0.1:11434");
  EXPECT_EQ(url(":1234"), "http://127.0.0.1:1234");
  EXPECT_EQ(url("::1"), "http://[::1]:11434");
  EXPECT_EQ(url("[::1]:99"), "http://[::1]:99");
  for (const char* bad : {"ftp://box", "box:99999", "box:x", "a b", "http://box:0", "[::1", "[::1]x",
                          "http://b?x", "user@box", "[x]"}) {
    const Result<std::string> parsed = parse_ollama_address(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
    EXPECT_NE(parsed.error().message.find(std::string("'") + bad + "'"), std::string::npos)
        << parsed.error().message;
  }
}

TEST(OllamaClient, StreamsAChat) {
  const auto recorder = run_script([](const Peer& peer) {
    EXPECT_TRUE(peer.request().starts_with("POST /api/chat HTTP/1.1\r\n"));
    const auto body = nlohmann::json::parse(peer.request().substr(peer.request().find("\r\n\r\n") + 4));
    EXPECT_EQ(body, nlohmann::json::parse(
                        R"({"model":"smollm2:135m","messages":[{"role":"system","content":"Be kind."},)"
                        R"({"role":"user","content":"Hi <b>"}],"stream":true,)"
                        R"("options":{"temperature":0.5,"num_predict":8,"stop":["END"]}})"));
    peer.send_head(200, "application/x-ndjson");
    // Lines need not agree with chunks.
    const std::string all = kFirst + kSecond + kLast;
    for (const char byte : all) peer.send_chunk({&byte, 1});
    peer.send_end();
  });
  ASSERT_TRUE(recorder->summary_) << recorder->error_->message;
  EXPECT_TRUE(recorder->started_);
  EXPECT_EQ(recorder->text_, "Hello é");
  EXPECT_EQ(recorder->pieces_.size(), 2U) << "no empty piece";
  EXPECT_EQ(recorder->summary_->done_reason, "length");
  EXPECT_EQ(recorder->summary_->total_ns, 9000);
  EXPECT_EQ(recorder->summary_->prompt_tokens, 37);
  EXPECT_EQ(recorder->summary_->cached_tokens, 12);
  EXPECT_EQ(recorder->summary_->answer_tokens, 8);
  EXPECT_EQ(recorder->summary_->answer_ns, 800);
}

TEST(OllamaClient, GeneratesWithEveryMember) {
  Request request;
  request.kind = Request::Kind::kGenerate;
  request.model = "m";
  request.prompt = "Once";
  request.suffix = "end";
  request.system = "";
  request.context = {1, 2};
  request.raw = true;
  request.think = false;
  request.format_json = R"({"type":"object"})";
  request.keep_alive_ns = -1;
  request.logprobs = true;
  request.top_logprobs = 2;
  request.truncate = false;
  const ScriptedServer server([](const Peer& peer) {
    EXPECT_TRUE(peer.request().starts_with("POST /api/generate "));
    const auto body = nlohmann::json::parse(peer.request().substr(peer.request().find("\r\n\r\n") + 4));
    EXPECT_EQ(body,
              nlohmann::json::parse(
                  R"({"model":"m","prompt":"Once","suffix":"end","system":"","context":[1,2],"raw":true,)"
                  R"("stream":true,"format":{"type":"object"},"think":false,"keep_alive":"-1ns",)"
                  R"("logprobs":true,"top_logprobs":2,"truncate":false})"));
    peer.answer(200, R"({"response":" upon","done":false,"logprobs":[{"token":" upon","logprob":-0.5,)"
                     R"("top_logprobs":[{"token":" a","logprob":-1}]}]})"
                     "\n\n"
                     R"({"response":"!","done":true,"done_reason":"stop","context":[1,2,3]})");
  });
  const auto recorder = run(server.origin(), request);
  ASSERT_TRUE(recorder->summary_) << recorder->error_->message;
  EXPECT_EQ(recorder->text_, " upon!");
  EXPECT_EQ(recorder->summary_->context, (std::vector<int32_t>{1, 2, 3}));
  ASSERT_EQ(recorder->pieces_[0].logprobs.size(), 1U);
  EXPECT_FLOAT_EQ(recorder->pieces_[0].logprobs[0].logprob, -0.5F);
  EXPECT_EQ(recorder->pieces_[0].logprobs[0].top[0].token, " a");
}

TEST(OllamaClient, PassesThinkingAndToolCallsOn) {
  const auto recorder = run_script([](const Peer& peer) {
    peer.answer(200, R"({"message":{"role":"assistant","content":"","thinking":"Hm."},"done":false})"
                     "\n"
                     R"({"message":{"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":)"
                     R"({"name":"get_time","arguments":{"zone":"UTC"}}}]},"done":false})"
                     "\n" +
                         kLast);
  });
  ASSERT_TRUE(recorder->summary_);
  EXPECT_EQ(recorder->thinking_, "Hm.");
  ASSERT_EQ(recorder->pieces_.size(), 2U);
  EXPECT_EQ(recorder->pieces_[1].tool_calls[0].name, "get_time");
  EXPECT_EQ(recorder->pieces_[1].tool_calls[0].arguments_json, R"({"zone":"UTC"})");
}

TEST(OllamaClient, PassesErrorsOnInTheServersWords) {
  const auto fails = [](int status, const std::string& body) {
    const auto recorder = run_script([=](const Peer& peer) { peer.answer(status, body); });
    EXPECT_TRUE(recorder->error_);
    EXPECT_FALSE(recorder->started_);
    return recorder->error_.value_or(Error{});
  };
  Error error = fails(404, R"({"error":"model 'nope' not found"})");
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_EQ(error.message, "model 'nope' not found");
  EXPECT_EQ(fails(400, R"({"error":"invalid model name"})").code, Code::kInvalidArgument);
  EXPECT_EQ(fails(503, R"({"error":"server busy, please try again."})").code, Code::kBusy);
  EXPECT_EQ(fails(500, R"({"error":"model requires more system memory (9 GiB) than is available"})").code,
            Code::kOutOfMemory);
  error = fails(
      500,
      R"({"error":"{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context size\"}}"})");
  EXPECT_EQ(error.code, Code::kTooLong);
  EXPECT_EQ(error.message, "the request exceeds the available context size");
  error = fails(502, "<html>Bad gateway</html>");
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_NE(error.message.find("answered with status 502: \"<html>Bad gateway</html>\""), std::string::npos)
      << error.message;
  EXPECT_EQ(fails(500, "").code, Code::kUnavailable);
}

TEST(OllamaClient, AnErrorInMidAnswerKeepsTheText) {
  const auto recorder = run_script([](const Peer& peer) {
    peer.answer(200, kFirst + R"({"error":"the model runner has unexpectedly stopped"})"
                              "\n");
  });
  ASSERT_TRUE(recorder->error_);
  EXPECT_EQ(recorder->text_, "Hel");
  EXPECT_EQ(recorder->error_->code, Code::kUnavailable);
  EXPECT_EQ(recorder->error_->message, "the model runner has unexpectedly stopped");
}

TEST(OllamaClient, ACutAnswerKeepsTheText) {
  for (const bool orderly : {false, true}) {
    const ScriptedServer server([orderly](const Peer& peer) {
      peer.send_head(200);
      peer.send_chunk(kFirst);
      if (orderly) peer.send_end();  // ends without "done"
    });
    const auto recorder = run(server.origin(), chat_request());
    ASSERT_TRUE(recorder->error_);
    EXPECT_EQ(recorder->text_, "Hel");
    EXPECT_EQ(recorder->error_->code, Code::kUnavailable);
    EXPECT_EQ(recorder->error_->message, "the connection to " + server.origin() + " was lost in mid-answer");
  }
}

TEST(OllamaClient, BrokenLinesAreAnError) {
  const std::string deep = R"({"error":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}\n";
  for (const std::string& bad : {std::string("{\"message\":{\"content\":\"x"), std::string("[1]\n"),
                                 std::string("plain text\n"), std::string("\xff\xfe\n"), deep}) {
    const auto recorder = run_script([bad](const Peer& peer) { peer.answer(200, kFirst + bad); });
    ASSERT_TRUE(recorder->error_) << bad;
    EXPECT_EQ(recorder->error_->code, Code::kUnavailable);
    EXPECT_NE(recorder->error_->message.find("sent a broken answer"), std::string::npos)
        << recorder->error_->message;
    EXPECT_EQ(recorder->text_, "Hel");
  }
}

TEST(OllamaClient, AServerThatIsNotThereIsNamed) {
  uint16_t port = 0;
  {
    port = ScriptedServer([](const Peer&) {}).port();
  }
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const auto recorder = run(address, chat_request());
  ASSERT_TRUE(recorder->error_);
  EXPECT_EQ(recorder->error_->code, Code::kUnavailable);
  EXPECT_EQ(recorder->error_->message, "http://" + address + " refused the connection");
  const auto client = make_client(address);
  EXPECT_EQ(client->place(), "http://" + address);
  const Result<bool> ready = wait_for<bool>([&](auto callback) { client->check_ready(callback); });
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Code::kUnavailable);
}

TEST(OllamaClient, TheTimeLimitOfAnAnswerHolds) {
  const ScriptedServer::Script endless = [](const Peer& peer) {
    peer.send_head(200);
    peer.send_chunk(kFirst);
    peer.wait_closed();
  };
  const auto by_client = run_script(endless, {.answer_limit_ms = 150});
  ASSERT_TRUE(by_client->error_);
  EXPECT_EQ(by_client->error_->code, Code::kTimeout);
  EXPECT_EQ(by_client->text_, "Hel");
  const ScriptedServer server(endless);
  Request request = chat_request();
  request.deadline_ms = 150;
  const auto by_request = run(server.origin(), request);
  ASSERT_TRUE(by_request->error_);
  EXPECT_EQ(by_request->error_->message, server.origin() + " did not finish its answer within 150 ms");
}

TEST(OllamaClient, CancelReachesTheServer) {
  std::promise<void> closed;
  const ScriptedServer server([&](const Peer& peer) {
    peer.send_head(200);
    peer.send_chunk(kFirst);
    peer.wait_closed();
    closed.set_value();
  });
  const auto client = make_client(server.origin());
  auto recorder = std::make_shared<AnswerRecorder>();
  const auto handle = client->generate(chat_request(), recorder);
  recorder->wait_for_text("Hel");
  handle->cancel();
  recorder->wait();
  ASSERT_TRUE(recorder->error_);
  EXPECT_EQ(recorder->error_->code, Code::kCancelled);
  EXPECT_EQ(closed.get_future().wait_for(10s), std::future_status::ready);
}

TEST(OllamaClient, ListsModelsAndMarksTheLoadedOnes) {
  const ScriptedServer server([](const Peer& peer) {
    if (peer.request().starts_with("GET /api/tags ")) {
      peer.answer(
          200,
          R"({"models":[{"name":"a:latest","model":"a:latest","modified_at":"2026-11-22T14:50:17.5Z","size":98,)"
          R"("digest":"d1","details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],)"
          R"("parameter_size":"134.52M","quantization_level":"Q4_1","context_length":8192},)"
          R"("capabilities":["completion","tools"]},{"name":"b:latest"}]})");
    } else {
      peer.answer(200, R"({"models":[{"name":"a:latest","size":209,"expires_at":"2319-03-04T14:46:17.99Z",)"
                       R"("context_length":4096}]})");
    }
  });
  const auto client = make_client(server.origin());
  const auto models = wait_for<std::vector<ModelSummary>>([&](auto callback) { client->list(callback); });
  ASSERT_TRUE(models) << models.error().message;
  ASSERT_EQ(models->size(), 2U);
  const ModelSummary& model = models->front();
  EXPECT_EQ(model.name, "a:latest");
  EXPECT_TRUE(model.loaded);
  EXPECT_FALSE((*models)[1].loaded);
  EXPECT_EQ(model.modified_at_ns, 1795359017'500000000);
  EXPECT_EQ(model.facts.context_length, 8192);
  EXPECT_EQ(model.capabilities, (std::vector<std::string>{"completion", "tools"}));
  const auto loaded =
      wait_for<std::vector<LoadedModel>>([&](auto callback) { client->list_loaded(callback); });
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->front().expires_at_ns, INT64_MAX) << "for ever";
  EXPECT_EQ(loaded->front().n_ctx, 4096);
}

TEST(OllamaClient, DescribesAModel) {
  const ScriptedServer server([](const Peer& peer) {
    EXPECT_TRUE(peer.request().ends_with(R"({"model":"m","verbose":true})")) << peer.request();
    peer.answer(
        200,
        R"({"modelfile":"# M","parameters":"stop \"x\"","template":"T","system":"S","license":"L",)"
        R"("details":{"family":"gemma3"},"messages":[{"role":"user","content":"hi"}],)"
        R"("model_info":{"general.architecture":"gemma3","gemma3.context_length":32768},)"
        R"("tensors":[{"name":"t"}],"capabilities":["completion"],"modified_at":"2026-11-22T14:50:17+02:00"})");
  });
  const auto client = make_client(server.origin());
  const auto shown =
      wait_for<ModelDescription>([&](auto callback) { client->describe("m", true, callback); });
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(shown->summary.name, "m");
  EXPECT_EQ(shown->summary.facts.context_length, 32768);
  EXPECT_EQ(shown->summary.modified_at_ns, 1795351817'000000000);
  EXPECT_EQ(shown->model_info_json, R"({"general.architecture":"gemma3","gemma3.context_length":32768})");
  EXPECT_EQ(shown->tensors_json, R"([{"name":"t"}])");
  EXPECT_EQ(shown->messages.front().content, "hi");
}

TEST(OllamaClient, NonsenseForAListIsAnError) {
  for (const char* body : {"", "[]", "{}", "not json"}) {
    const ScriptedServer server([body](const Peer& peer) { peer.answer(200, body); });
    const auto client = make_client(server.origin());
    const auto models = wait_for<std::vector<ModelSummary>>([&](auto callback) { client->list(callback); });
    ASSERT_FALSE(models) << body;
    EXPECT_EQ(models.error().code, Code::kUnavailable);
    EXPECT_TRUE(models.error().message.starts_with(server.origin() + ": ")) << models.error().message;
  }
}

}  // namespace
}  // namespace samovar::backend
