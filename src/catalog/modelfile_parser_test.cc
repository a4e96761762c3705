#include "catalog/modelfile_parser.h"

#include <gtest/gtest.h>

namespace samovar::catalog {
namespace {

std::string failure(std::string_view text) {
  const Result<Modelfile> parsed = parse_modelfile(text);
  return parsed ? "no failure" : parsed.error().message;
}

TEST(ModelfileParser, ReadsEveryInstruction) {
  const Result<Modelfile> parsed = parse_modelfile(
      "# a comment\n"
      "FROM ./model.gguf\n"
      "\n"
      "parameter temperature 0.7\n"
      "PARAMETER num_ctx 4096\n"
      "PARAMETER stop \"<|im_end|>\"\n"
      "PARAMETER stop User:\n"
      "PARAMETER use_mmap FALSE\n"
      "SYSTEM You are \"Mario\".\n"
      "TEMPLATE \"\"\"{{ if .System }}\n"
      "\"{{ .System }}\"{{ end }}{{ .Prompt }}\"\"\"\n"
      "LICENSE MIT\r\n"
      "License \"\"\"\n"
      "Apache\n"
      "\"\"\"\n"
      "MESSAGE user hi\n"
      "MESSAGE assistant \"mamma\n"
      "mia\"\n"
      "ADAPTER ./lora.gguf\n"
      "REQUIRES 0.5\n");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->from, "./model.gguf");
  EXPECT_EQ(parsed->params_json,
            R"({"num_ctx":4096,"stop":["\u003c|im_end|\u003e","User:"],"temperature":0.7,"use_mmap":false})");
  EXPECT_EQ(parsed->system, "You are \"Mario\".");
  EXPECT_EQ(parsed->template_text, "{{ if .System }}\n\"{{ .System }}\"{{ end }}{{ .Prompt }}");
  EXPECT_EQ(parsed->licenses, (std::vector<std::string>{"MIT", "\nApache\n"}));
  EXPECT_EQ(parsed->messages_json,
            R"([{"role":"user","content":"hi"},{"role":"assistant","content":"mamma\nmia"}])");
  EXPECT_EQ(parsed->adapters, (std::vector<std::string>{"./lora.gguf"}));
}

TEST(ModelfileParser, TheLastValueCounts) {
  const Result<Modelfile> parsed =
      parse_modelfile("FROM a\nPARAMETER seed 1\nPARAMETER seed -2\nSYSTEM a\nSYSTEM b");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->params_json, R"({"seed":-2})");
  EXPECT_EQ(parsed->system, "b");
}

TEST(ModelfileParser, ErrorsNameTheLine) {
  EXPECT_EQ(failure(""), "no FROM line");
  EXPECT_EQ(failure("SYSTEM x\n"), "no FROM line");
  EXPECT_TRUE(failure("FROM a\n\nFORM b\n").starts_with("line 3: unknown instruction \"FORM\""));
  EXPECT_EQ(failure("FROM a\nPARAMETER temprature 1\n"), "line 2: unknown parameter \"temprature\"");
  EXPECT_EQ(failure("FROM a\nPARAMETER temperature hot\n"),
            "line 2: parameter \"temperature\" must be a number, not \"hot\"");
  EXPECT_EQ(failure("FROM a\nPARAMETER num_ctx 1.5\n"),
            "line 2: parameter \"num_ctx\" must be a whole number, not \"1.5\"");
  EXPECT_EQ(failure("FROM a\nPARAMETER top_p nan\n"),
            "line 2: parameter \"top_p\" must be a number, not \"nan\"");
  EXPECT_EQ(failure("FROM a\nPARAMETER\n"), "line 2: PARAMETER needs a name and a value");
  EXPECT_EQ(failure("FROM a\nSYSTEM \"\"\"b\nc\n"), "line 2: the quote that begins here is not closed");
  EXPECT_EQ(failure("FROM\n"), "line 1: FROM needs a model or a file");
  EXPECT_TRUE(failure("FROM a\nMESSAGE robot x\n").starts_with("line 2: message role must be one of"));
  EXPECT_TRUE(failure("FROM a\nFROM b\n").starts_with("line 2: a second FROM"));
}

TEST(ModelfileParser, StrangeBytesAreOnlyText) {
  EXPECT_TRUE(failure(std::string("\0\xFF\xFE", 3)).starts_with("line 1: unknown instruction"));
  EXPECT_TRUE(parse_modelfile("\xEF\xBB\xBF"
                              "FROM a")
                  .ok());
  EXPECT_TRUE(failure("FROM a\n" + std::string(100'000, '"') + "\n").starts_with("line 2:"));
}

}  // namespace
}  // namespace samovar::catalog
