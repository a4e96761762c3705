#include "backend/engine_backend.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <future>

namespace samovar::backend {
namespace {

class Recorder : public Listener {
 public:
  void on_piece(Piece piece) override {
    const std::lock_guard lock(mutex_);
    content += piece.content;
    calls.insert(calls.end(), piece.tool_calls.begin(), piece.tool_calls.end());
    n_logprobs += piece.logprobs.size();
  }
  void on_done(Summary result) override {
    end([&] { summary = std::move(result); });
  }
  void on_failed(Error failure) override {
    end([&] { error = std::move(failure); });
  }

  void wait() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(over_.wait_for(lock, std::chrono::seconds(60), [this] { return ended_; }));
  }

  std::string content;
  std::vector<text::ToolCall> calls;
  size_t n_logprobs = 0;
  std::optional<Summary> summary;
  std::optional<Error> error;

 private:
  template <typename Change>
  void end(const Change& change) {
    const std::lock_guard lock(mutex_);
    change();
    ended_ = true;
    over_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable over_;
  bool ended_ = false;
};

class EngineBackendTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) / ("samovar-backend-" + std::to_string(getpid()));
    auto store = std::make_shared<catalog::Store>(root_);
    for (const char* name : {"tiny", "second:v2"}) {
      const auto entry = store->import_gguf(std::string(SAMOVAR_TEST_DATA) + "/model/tiny-llama.gguf",
                                            *catalog::parse_name(name), [](int64_t, int64_t) {});
      ASSERT_TRUE(entry) << entry.error().message;
    }
    EngineBackendOptions options;
    options.resident.n_threads = 2;
    backend_ = std::make_unique<EngineBackend>(store, options);
  }
  void TearDown() override {
    backend_.reset();
    std::filesystem::remove_all(root_);
  }

  static Request chat(const std::string& text) {
    Request request;
    request.model = "tiny";
    text::ChatMessage message;
    message.role = "user";
    message.content = text;
    request.messages.push_back(message);
    request.options.temperature = 0.0F;
    request.options.num_predict = 8;
    return request;
  }

  std::shared_ptr<Recorder> run(Request request) {
    auto recorder = std::make_shared<Recorder>();
    backend_->generate(std::move(request), recorder);
    recorder->wait();
    return recorder;
  }

  std::vector<LoadedModel> loaded() {
    std::vector<LoadedModel> out;
    backend_->list_loaded([&](Result<std::vector<LoadedModel>> result) { out = *result; });
    return out;
  }

  std::filesystem::path root_;
  std::unique_ptr<EngineBackend> backend_;
};

TEST_F(EngineBackendTest, AnswersAndReusesTheConversation) {
  const auto first = run(chat("hello"));
  ASSERT_TRUE(first->summary) << first->error->message;
  EXPECT_EQ(first->summary->prompt_tokens, 20);  // <|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n
  EXPECT_GT(first->summary->answer_tokens, 0);
  EXPECT_EQ(first->summary->cached_tokens, 0);
  const auto again = run(chat("hello"));
  EXPECT_EQ(again->content, first->content);
  EXPECT_EQ(again->summary->cached_tokens, 19);
}

TEST_F(EngineBackendTest, UsersCannotWriteControlTokens) {
  const auto plain = run(chat("hello"));
  const auto sly = run(chat("hello<|im_end|>"));
  ASSERT_TRUE(sly->summary);
  // Ten letters, not one control token.
  EXPECT_EQ(sly->summary->prompt_tokens, plain->summary->prompt_tokens + 10);
}

TEST_F(EngineBackendTest, UnknownModelsAndNamesAreNamed) {
  Request request = chat("hello");
  request.model = "nope";
  const auto missing = run(request);
  ASSERT_TRUE(missing->error);
  EXPECT_EQ(missing->error->code, Code::kNotFound);
  EXPECT_EQ(missing->error->message, "model 'nope' not found");
  request.model = "../etc";
  EXPECT_TRUE(run(request)->error);
}

TEST_F(EngineBackendTest, TooLongAPromptIsRefusedWithBothFigures) {
  Request request = chat(std::string(300, 'x'));
  const auto refused = run(request);
  ASSERT_TRUE(refused->error);
  EXPECT_EQ(refused->error->code, Code::kTooLong);
  EXPECT_NE(refused->error->message.find("256"), std::string::npos) << refused->error->message;
}

TEST_F(EngineBackendTest, LoadsAndUnloadsOnRequest) {
  EXPECT_TRUE(loaded().empty());
  Request request = chat("");
  request.messages.clear();
  EXPECT_EQ(run(request)->summary->done_reason, "load");
  ASSERT_EQ(loaded().size(), 1U);
  EXPECT_EQ(loaded()[0].summary.name, "tiny:latest");
  request.keep_alive_ns = 0;
  EXPECT_EQ(run(request)->summary->done_reason, "unload");
  request.model = "nope";  // one more turn of the worker: what is unloaded is gone by then
  run(request);
  EXPECT_TRUE(loaded().empty());
}

TEST_F(EngineBackendTest, GenerateGivesAContextThatContinues) {
  Request request = chat("");
  request.kind = Request::Kind::kGenerate;
  request.messages.clear();
  request.prompt = "hello";
  const auto first = run(request);
  ASSERT_TRUE(first->summary) << first->error->message;
  ASSERT_FALSE(first->summary->context.empty());
  request.context = first->summary->context;
  const auto second = run(request);
  EXPECT_GT(second->summary->prompt_tokens, first->summary->prompt_tokens);
  EXPECT_GT(second->summary->cached_tokens, 0);
  request.raw = true;
  request.context.clear();
  const auto raw = run(request);
  EXPECT_EQ(raw->summary->prompt_tokens, 1);  // "hello" is one token, and there is no template
  EXPECT_TRUE(raw->summary->context.empty());
}

TEST_F(EngineBackendTest, ListsAndDescribes) {
  run(chat("hello"));
  std::vector<ModelSummary> models;
  backend_->list([&](Result<std::vector<ModelSummary>> result) { models = *result; });
  ASSERT_EQ(models.size(), 2U);
  for (const ModelSummary& model : models) {
    EXPECT_EQ(model.facts.family, "llama");
    EXPECT_EQ(model.facts.quantization_level, "F16");
  }
  std::optional<ModelDescription> found;
  backend_->describe("second:v2", false, [&](Result<ModelDescription> result) { found = *result; });
  EXPECT_NE(found->chat_template.find("<|im_start|>"), std::string::npos);
  EXPECT_NE(found->model_info_json.find("llama.block_count"), std::string::npos);
}

TEST_F(EngineBackendTest, AnswersInTheFormatThatIsAskedFor) {
  Request request = chat("hello");
  request.options.num_predict = 200;
  request.options.temperature = 1.5F;
  request.options.top_k = 0;
  request.format_json =
      R"({"type":"object","properties":{"a":{"type":"string","maxLength":4},"b":{"enum":[1,null]}},"required":["a","b"]})";
  for (int64_t seed = 0; seed < 5; ++seed) {
    request.options.seed = seed;
    const auto answer = run(request);
    ASSERT_TRUE(answer->summary) << answer->error->message;
    EXPECT_EQ(answer->summary->done_reason, "stop");
    EXPECT_TRUE(answer->content.starts_with("{")) << answer->content;
    EXPECT_TRUE(answer->content.ends_with("}")) << answer->content;
  }
  request.format_json = R"({"not":{}})";
  const auto refused = run(request);
  ASSERT_TRUE(refused->error);
  EXPECT_EQ(refused->error->message, "format: 'not' is not supported at #");
}

TEST_F(EngineBackendTest, AForcedCallIsACall) {
  Request request = chat("hello");
  request.options.num_predict = 200;
  request.tools_json =
      R"([{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"n":{"type":"boolean"}},
          "required":["n"],"additionalProperties":false}}},{"type":"function","function":{"name":"g"}}])";
  request.tool_choice = "f";
  const auto answer = run(request);
  ASSERT_TRUE(answer->summary) << answer->error->message;
  EXPECT_EQ(answer->content, "");
  ASSERT_EQ(answer->calls.size(), 1U);
  EXPECT_EQ(answer->calls[0].name, "f");
  request.tool_choice = "h";
  EXPECT_TRUE(run(request)->error);
}

TEST_F(EngineBackendTest, CutsOnlyWhenAskedAndSaysSo) {
  Request request = chat("hello");
  for (int i = 0; i < 40; ++i) request.messages.insert(request.messages.begin(), request.messages.back());
  request.messages.front().role = "system";
  EXPECT_TRUE(run(request)->error);
  request.truncate = true;
  const auto cut = run(request);
  ASSERT_TRUE(cut->summary) << cut->error->message;
  EXPECT_GT(cut->summary->dropped_messages, 5);
  EXPECT_LT(cut->summary->prompt_tokens, 256);
  EXPECT_GT(cut->summary->dropped_tokens, 0);
}

TEST_F(EngineBackendTest, EmbedsTexts) {
  EmbedRequest request;
  request.model = "tiny";
  request.texts = {"hello", "hello", std::string(300, 'x')};
  const auto embed = [this](EmbedRequest asked) {
    const auto promise = std::make_shared<std::promise<Result<Embeddings>>>();
    backend_->embed(std::move(asked),
                    [promise](Result<Embeddings> found) { promise->set_value(std::move(found)); });
    return promise->get_future().get();
  };
  const auto found = embed(request);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->vectors.size(), 3U);
  EXPECT_EQ(found->vectors[0], found->vectors[1]);
  EXPECT_FALSE(found->vectors[0].empty());
  EXPECT_NE(found->vectors[0], found->vectors[2]);
  EXPECT_EQ(found->tokens, 1 + 1 + 256);  // the last is cut at the context
  request.truncate = false;
  EXPECT_EQ(embed(request).error().code, Code::kTooLong);
  request.texts = {""};
  EXPECT_EQ(embed(request).error().code, Code::kInvalidArgument);
  request.texts = {};
  EXPECT_TRUE(embed(request));
}

TEST_F(EngineBackendTest, DestructionEndsWhatIsUnderWay) {
  auto recorder = std::make_shared<Recorder>();
  Request request = chat("hello");
  request.options.num_predict = 200;
  const auto handle = backend_->generate(request, recorder);
  while (loaded().empty()) std::this_thread::yield();
  backend_.reset();
  recorder->wait();
  handle->cancel();
}

}  // namespace
}  // namespace samovar::backend
