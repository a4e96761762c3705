#include "app/repl.h"

#include <gtest/gtest.h>

#include <sstream>

#include "app/fake_backend_test.h"

namespace samovar::app {
namespace {

class ReplTest : public testing::Test {
 protected:
  ReplTest() {
    backend.card.summary.name = "m";
    backend.card.summary.facts = {.family = "llama",
                                  .parameter_size = "134.52M",
                                  .quantization_level = "Q4_1",
                                  .context_length = 8192,
                                  .embedding_length = 576};
    backend.card.summary.capabilities = {"completion"};
    backend.card.parameters = "stop                           \"<|im_end|>\"";
    backend.card.system = "Model's own.";
  }

  // What the line printed.
  std::string type(const std::string& line, Repl::Next expected = Repl::Next::kPrompt) {
    out.str("");
    EXPECT_EQ(repl.handle(line), expected) << line;
    return out.str();
  }

  FakeBackend backend;
  Conversation conversation{backend, {.model = "m"}};
  std::ostringstream out;
  std::ostringstream err;
  Repl repl{conversation, out, err};
};

TEST_F(ReplTest, ALineIsAMessage) {
  EXPECT_EQ(type("Hi there"), "Hello.\n\n");
  EXPECT_EQ(backend.requests.back().messages.back().content, "Hi there");
}

TEST_F(ReplTest, EmptyLinesAreIgnored) {
  EXPECT_EQ(type("   "), "");
  EXPECT_TRUE(backend.requests.empty());
}

TEST_F(ReplTest, ManyLinesBetweenQuotes) {
  EXPECT_EQ(type("\"\"\"first", Repl::Next::kMoreLines), "");
  EXPECT_EQ(type("  /bye is no command here", Repl::Next::kMoreLines), "");
  EXPECT_EQ(type("last\"\"\""), "Hello.\n\n");
  EXPECT_EQ(backend.requests.back().messages.back().content, "first\n  /bye is no command here\nlast");
}

TEST_F(ReplTest, QuotesOnOneLine) {
  type("\"\"\"one line\"\"\"");
  EXPECT_EQ(backend.requests.back().messages.back().content, "one line");
}

TEST_F(ReplTest, PathsAreMessagesAndUnknownCommandsAreNot) {
  type("/etc/hosts says what?");
  EXPECT_EQ(backend.requests.size(), 1U);
  EXPECT_EQ(type("/frobnicate"), "Unknown command '/frobnicate'. Type /? for help\n");
  EXPECT_EQ(backend.requests.size(), 1U);
}

TEST_F(ReplTest, ByeQuits) {
  type("/bye", Repl::Next::kQuit);
  type("/exit", Repl::Next::kQuit);
}

TEST_F(ReplTest, ClearForgets) {
  type("One");
  EXPECT_EQ(type("/clear"), "Cleared session context\n");
  type("Two");
  EXPECT_EQ(backend.requests.back().messages.size(), 1U);
}

TEST_F(ReplTest, SetParameterReachesTheRequest) {
  EXPECT_EQ(type("/set parameter temperature 0.5"), "Set parameter 'temperature' to '0.5'\n");
  type("x");
  EXPECT_EQ(backend.requests.back().options.temperature, 0.5F);
  EXPECT_NE(type("/set parameter top_k many").find("needs a whole number, not 'many'"), std::string::npos);
  EXPECT_NE(type("/set parameter").find("/set parameter num_ctx"), std::string::npos);
}

TEST_F(ReplTest, SetSystemAndFormat) {
  EXPECT_EQ(type("/set system \"Be a pirate.\""), "Set system message.\n");
  EXPECT_EQ(type("/set format json"), "Set format to 'json' mode.\n");
  type("x");
  EXPECT_EQ(backend.requests.back().messages.front().content, "Be a pirate.");
  EXPECT_EQ(backend.requests.back().format_json, "json");
  type("/set noformat");
  type("/set system");
  type("y");
  EXPECT_EQ(backend.requests.back().format_json, "");
  EXPECT_EQ(backend.requests.back().messages.front().role, "user");
}

TEST_F(ReplTest, SetSystemOverManyLines) {
  type("/set system \"\"\"Be", Repl::Next::kMoreLines);
  EXPECT_EQ(type("brief.\"\"\""), "Set system message.\n");
  type("x");
  EXPECT_EQ(backend.requests.back().messages.front().content, "Be\nbrief.");
}

TEST_F(ReplTest, Show) {
  EXPECT_EQ(type("/show info"),
            "  Model\n"
            "    architecture        llama      \n"
            "    parameters          134.52M    \n"
            "    context length      8192       \n"
            "    embedding length    576        \n"
            "    quantization        Q4_1       \n"
            "\n"
            "  Capabilities\n"
            "    completion    \n"
            "\n"
            "  Parameters\n"
            "    stop    \"<|im_end|>\"    \n"
            "\n"
            "  System\n"
            "    Model's own.    \n"
            "\n");
  EXPECT_EQ(type("/show system"), "Model's own.\n\n");
  type("/set system Mine.");
  EXPECT_EQ(type("/show system"), "Mine.\n\n");
  EXPECT_NE(type("/show license").find("No license"), std::string::npos);
}

TEST_F(ReplTest, LoadOfAMissingModelKeepsTheOldOne) {
  backend.failure = Error{Code::kNotFound, "model 'nosuch' not found"};
  type("/load nosuch");
  EXPECT_EQ(err.str(), "Error: model 'nosuch' not found\n");
  backend.failure.reset();
  type("x");
  EXPECT_EQ(backend.requests.back().model, "m");
}

TEST_F(ReplTest, FailureIsPrintedAndTheChatGoesOn) {
  backend.failure = Error{Code::kUnavailable, "the server is gone"};
  type("x");
  EXPECT_EQ(err.str(), "Error: the server is gone\n");
}

TEST_F(ReplTest, ThinkingIsMarked) {
  backend.pieces = {{.thinking = "hm"}, {.content = "Yes."}};
  EXPECT_EQ(type("x"), "Thinking...\nhm\n...done thinking.\n\nYes.\n\n");
}

TEST_F(ReplTest, ThinkingCanBeHidden) {
  backend.pieces = {{.thinking = "hm"}, {.content = "Yes."}};
  repl.hide_thinking(true);
  EXPECT_EQ(type("x"), "Yes.\n\n");
}

TEST_F(ReplTest, VerbosePrintsTimings) {
  backend.summary = {.total_ns = 829'979'881,
                     .load_ns = 522'839'760,
                     .prompt_tokens = 14,
                     .prompt_ns = 41'857'000,
                     .answer_tokens = 34,
                     .answer_ns = 262'154'999};
  type("/set verbose");
  type("x");
  EXPECT_EQ(err.str(),
            "total duration:       829.979881ms\n"
            "load duration:        522.83976ms\n"
            "prompt eval count:    14 token(s)\n"
            "prompt eval duration: 41.857ms\n"
            "prompt eval rate:     334.47 tokens/s\n"
            "eval count:           34 token(s)\n"
            "eval duration:        262.154999ms\n"
            "eval rate:            129.69 tokens/s\n");
}

}  // namespace
}  // namespace samovar::app
