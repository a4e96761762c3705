// Request parsing beyond what src/api/replay_test.cc replays.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "wire/ollama_request.h"
#include "wire/openai_request.h"

namespace samovar::wire {
namespace {

std::string chat_error(const std::string& body) {
  const auto parsed = parse_chat_request(body);
  return parsed ? "" : parsed.error().message;
}

std::string openai_error(const std::string& body) {
  const auto parsed = parse_openai_chat_request(body);
  return parsed ? "" : parsed.error().message;
}

TEST(ChatRequest, IgnoresCaseTakesTheLastDuplicateAndNullIsUnset) {
  const auto request = parse_chat_request(
      R"({"MODEL":"a","Model":"b","model":null,"stream":null,"Messages":[{"ROLE":"USER","Content":"x"}],"think":null})");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->model, "b");
  EXPECT_TRUE(request->stream);
  EXPECT_EQ(request->messages.at(0).role, "user");
  EXPECT_EQ(request->messages.at(0).content, "x");
  EXPECT_FALSE(request->think.on.has_value());
}

TEST(ChatRequest, TheFirstErrorStands) {
  EXPECT_EQ(chat_error(R"({"stream":"x","model":5})"),
            "json: cannot unmarshal string into Go struct field ChatRequest.stream of type bool");
  EXPECT_EQ(chat_error(R"({"messages":[5]})"),
            "json: cannot unmarshal number into Go struct field ChatRequest.messages of type api.Message");
  EXPECT_EQ(chat_error(R"({"top_logprobs":1.5})"),
            "json: cannot unmarshal number 1.5 into Go struct field ChatRequest.top_logprobs of type int");
  EXPECT_EQ(chat_error(R"({"tools":["f"]})"),
            "json: cannot unmarshal string into Go struct field ChatRequest.tools of type api.Tool");
  EXPECT_EQ(chat_error(R"({"keep_alive":[]})"), "Unsupported type: '[]interface {}'");
}

TEST(ChatRequest, ReadsKeepAlive) {
  const auto keep = [](const std::string& value) {
    return parse_chat_request(R"({"keep_alive":)" + value + "}")->keep_alive_ns;
  };
  EXPECT_EQ(keep("0"), 0);
  EXPECT_EQ(keep("1.5"), 1'500'000'000);
  EXPECT_EQ(keep("\"2m\""), 120'000'000'000);
  EXPECT_LT(*keep("-1"), 0);
  EXPECT_LT(*keep("\"-1s\""), 0);
  EXPECT_LT(*keep("1e300"), 0);
  EXPECT_FALSE(keep("null").has_value());
}

TEST(Options, NumbersAreClampedAndUnknownNamesIgnored) {
  const auto options = parse_chat_request(
      R"({"options":{"num_predict":2.9,"top_k":1e30,"seed":-1,"temperature":1e300,"foo":[],"mirostat":"x","num_thread":2}})");
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->options.error, "");
  EXPECT_EQ(options->options.options.num_predict, 2);
  EXPECT_EQ(options->options.options.top_k, 2147483647);
  EXPECT_EQ(options->options.options.seed, -1);
  EXPECT_TRUE(std::isfinite(*options->options.options.temperature));
}

TEST(Options, WrongTypesAreNamed) {
  const auto error = [](const std::string& option) {
    return parse_chat_request(R"({"options":{)" + option + "}}")->options.error;
  };
  EXPECT_EQ(error(R"("temperature":"hot")"), R"(option "temperature" must be of type float32)");
  EXPECT_EQ(error(R"("num_ctx":"big")"), R"(option "num_ctx" must be of type integer)");
  EXPECT_EQ(error(R"("num_thread":"x")"), R"(option "num_thread" must be of type integer)");
  EXPECT_EQ(error(R"("use_mmap":1)"), R"(option "use_mmap" must be of type boolean)");
  EXPECT_EQ(error(R"("stop":"a")"), R"(option "stop" must be of type array)");
  EXPECT_EQ(error(R"("stop":[1])"), R"(option "stop" must be of an array of strings)");
  EXPECT_EQ(error(R"("top_p":1e999)"), R"(option "top_p" must be of type float32)");
}

TEST(GenerateRequest, TokenIdsOutOfRangeStayWrong) {
  const auto request = parse_generate_request(R"({"context":[1,-5,99999999999]})");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->context, (std::vector<int32_t>{1, -1, -1}));
}

TEST(ShowRequest, TakesNameForModel) {
  EXPECT_EQ(parse_show_request(R"({"name":"a"})")->model, "a");
  EXPECT_EQ(parse_show_request(R"({"name":"a","model":"b"})")->model, "b");
}

TEST(Format, KnowsJsonAndSchemas) {
  EXPECT_EQ(*check_format("\"json\""), "json");
  EXPECT_EQ(*check_format("{\"type\":\"object\"}"), "{\"type\":\"object\"}");
  for (const char* none : {"", "null", "\"\""}) EXPECT_EQ(*check_format(none), "");
  EXPECT_FALSE(check_format("5").ok());
}

TEST(OpenAiRequest, ReadsMessagesOfEveryKind) {
  const auto request = parse_openai_chat_request(R"({"model":"m","messages":[
      {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
      {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
        "function":{"name":"f","arguments":"{\"x\": 1}"}}]},
      {"role":"tool","tool_call_id":"c1","content":"r"}]})");
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->messages[0].content, "a\nb");
  EXPECT_EQ(request->messages[1].tool_calls.at(0).arguments_json, R"({"x": 1})");
  EXPECT_EQ(request->messages[2].tool_name, "f");
}

TEST(OpenAiRequest, NamesWhatIsWrong) {
  const auto with_content = [](const std::string& content) {
    return openai_error(R"({"model":"m","messages":[{"role":"user","content":)" + content + "}]}");
  };
  EXPECT_EQ(with_content("5"), "invalid message content type: float64");
  EXPECT_EQ(with_content("{}"), "invalid message content type: map[string]interface {}");
  EXPECT_EQ(with_content(R"([{"type":"input_audio"}])"), "invalid message format");
  EXPECT_EQ(with_content(R"([5])"), "invalid message format");
  EXPECT_EQ(with_content(R"([{"type":"image_url","image_url":{"url":"http://x/y.png"}}])"),
            "image URLs are not currently supported, please use base64 encoded data instead");
  EXPECT_EQ(with_content(R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,!"}}])"),
            "invalid image input");
  EXPECT_EQ(openai_error(""), "EOF");
  EXPECT_EQ(openai_error("{}"), "[] is too short - 'messages'");
}

TEST(OpenAiRequest, MapsReasoningToThinking) {
  const auto think = [](const std::string& member) {
    return parse_openai_chat_request(R"({"messages":[{"role":"user","content":"x"}],)" + member + "}")->think;
  };
  EXPECT_EQ(think(R"("reasoning_effort":"none")").on, false);
  EXPECT_EQ(think(R"("reasoning_effort":"xhigh")").level, "max");
  EXPECT_EQ(think(R"("reasoning":{"effort":"low"})").level, "low");
  EXPECT_FALSE(think(R"("reasoning_effort":null)").on.has_value());
}

}  // namespace
}  // namespace samovar::wire
