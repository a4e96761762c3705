#include "catalog/describe.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "catalog/capabilities.h"
#include "catalog/modelfile.h"
#include "catalog/test_gguf.h"

namespace samovar::catalog {
namespace {

using Words = std::vector<std::string>;

Words go_capabilities(const std::string& source) {
  Entry entry;
  entry.template_text = source;
  return list_capabilities(entry, {});
}

Words jinja_capabilities(const std::string& source) {
  Facts facts;
  facts.chat_template = source;
  return list_capabilities({}, facts);
}

std::shared_ptr<const gguf::File> open_gguf(const TestDirectory& directory, const TestGguf& content) {
  const std::filesystem::path path = directory.path() / "model.gguf";
  content.write(path);
  Result<std::shared_ptr<const gguf::File>> file = gguf::File::open(path);
  EXPECT_TRUE(file) << file.error().message;
  return *file;
}

TEST(Facts, CountsArePrintedAsOllamaPrintsThem) {
  EXPECT_EQ(format_count(134'515'008), "134.52M");
  EXPECT_EQ(format_count(268'098'176), "268.10M");
  EXPECT_EQ(format_count(2'614'341'888), "2.6B");
  EXPECT_EQ(format_count(7'000'000'000), "7B");
  EXPECT_EQ(format_count(5'000'000), "5M");
  EXPECT_EQ(format_count(12'600), "13K");
  EXPECT_EQ(format_count(999), "999");
}

TEST(Facts, ComeFromTheMetadata) {
  const TestDirectory directory;
  const Facts facts = read_facts(*open_gguf(directory, small_model()));
  EXPECT_EQ(facts.architecture, "llama");
  EXPECT_EQ(facts.parameter_count, 192);
  EXPECT_EQ(facts.quantization_level, "Q4_1");
  EXPECT_EQ(facts.context_length, 2048);
  EXPECT_EQ(facts.embedding_length, 64);
  EXPECT_FALSE(facts.embeds_only);
  EXPECT_EQ(facts.chat_template, "{% for m in messages %}{{ m.content }}{% endfor %}");
}

TEST(Facts, WithoutAFileTypeTheCommonestTensorTypeIsNamed) {
  const TestDirectory directory;
  TestGguf content;
  content.text("general.architecture", "llama").natural("llama.pooling_type", 1).tensor("a", 32, 2);
  const Facts facts = read_facts(*open_gguf(directory, content));
  EXPECT_EQ(facts.quantization_level, "F32");
  EXPECT_TRUE(facts.embeds_only);
  EXPECT_EQ(list_capabilities({}, facts), (Words{"embedding"}));
}

TEST(Capabilities, OfGoTemplates) {
  EXPECT_EQ(go_capabilities("{{ .Prompt }}"), (Words{"completion"}));
  EXPECT_EQ(go_capabilities("{{- if .Tools }}{{ range $.Tools }}x{{ end }}{{ end }}"
                            "{{ range .Messages }}<think>{{ .Thinking }}</think>{{ end }}"),
            (Words{"completion", "tools", "thinking"}));
  EXPECT_EQ(go_capabilities("{{ if .Suffix }}<fim>{{ end }}"), (Words{"completion", "insert"}));
  EXPECT_EQ(go_capabilities("use .Tools wisely {{ \".Tools\" }} {{ .ToolsOfTrade }}"), (Words{"completion"}));
}

TEST(Capabilities, OfJinjaTemplates) {
  EXPECT_EQ(jinja_capabilities("{% if tools is defined %}{{ tools | tojson }}{% endif %}"),
            (Words{"completion", "tools"}));
  EXPECT_EQ(jinja_capabilities("{%- if enable_thinking is false %}<think></think>{% endif %}"),
            (Words{"completion", "thinking"}));
  EXPECT_EQ(jinja_capabilities("no tools here {{ 'tools' }} {{ message.content }}"), (Words{"completion"}));
  EXPECT_EQ(jinja_capabilities("{{ unclosed 'string"), (Words{"completion"}));
}

TEST(MetadataJson, NumbersAreSpelledAsGoSpellsThem) {
  EXPECT_EQ(format_number(1e-5F), "0.00001");
  EXPECT_EQ(format_number(1e-6F), "0.000001");
  EXPECT_EQ(format_number(1e-7), "1e-7");
  EXPECT_EQ(format_number(100000.0F), "100000");
  EXPECT_EQ(format_number(0.1F), "0.1");
  EXPECT_EQ(format_number(1e21), "1e+21");
  EXPECT_EQ(format_number(1e20), "100000000000000000000");
  EXPECT_EQ(format_number(-2.5), "-2.5");
  EXPECT_EQ(format_number(0.0), "0");
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity()), "null");
}

TEST(MetadataJson, KeysAreSortedAndArraysLeftOut) {
  const TestDirectory directory;
  const auto file = open_gguf(directory, small_model());
  EXPECT_EQ(
      make_model_info_json(*file, Arrays::kNull),
      R"({"general.architecture":"llama","general.file_type":3,"general.parameter_count":192,)"
      R"("llama.attention.layer_norm_rms_epsilon":0.00001,"llama.context_length":2048,)"
      R"("llama.embedding_length":64,"tokenizer.ggml.add_bos_token":false,"tokenizer.ggml.tokens":null})");
  EXPECT_NE(
      make_model_info_json(*file, Arrays::kWhole).find(R"("tokenizer.ggml.tokens":["\u003cs\u003e","a\"b"])"),
      std::string::npos);
  EXPECT_EQ(make_tensors_json(*file), R"([{"name":"token_embd.weight","type":"F32","shape":[64,2]},)"
                                      R"({"name":"output_norm.weight","type":"F32","shape":[64,1]}])");
}

std::string recorded(const std::string& name) {
  std::ifstream in(SAMOVAR_TEST_DATA "/catalog/" + name);
  std::string line;
  std::getline(in, line);
  return line;
}

// What a recorded Ollama answered for the same file, byte for byte.
TEST(MetadataJson, OfARealModelIsOllamas) {
  const char* path = std::getenv("SAMOVAR_TEST_SMOLLM2");
  if (path == nullptr) GTEST_SKIP() << "SAMOVAR_TEST_SMOLLM2 is not set";
  const Result<std::shared_ptr<const gguf::File>> file = gguf::File::open(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(make_model_info_json(**file, Arrays::kNull), recorded("smollm2_model_info.json"));
  EXPECT_EQ(make_tensors_json(**file), recorded("smollm2_tensors.json"));
  EXPECT_EQ(read_facts(**file).parameter_size, "134.52M");
}

TEST(MetadataJson, BytesThatAreNotUtf8DoNotBreakIt) {
  EXPECT_EQ(quote_json("a\xff<"), "\"a\xef\xbf\xbd\\u003c\"");
}

TEST(Modelfile, ParametersAreLaidOutAsOllamaDoes) {
  EXPECT_EQ(format_parameters(R"({"temperature":0,"stop":["<|im_end|>","STOP"],"num_ctx":2048})"),
            "num_ctx                        2048\n"
            "stop                           \"<|im_end|>\"\n"
            "stop                           \"STOP\"\n"
            "temperature                    0");
  EXPECT_EQ(format_parameters(R"({"top_p":0.95,"use_mmap":true})"),
            "top_p                          0.95\nuse_mmap                       true");
  EXPECT_EQ(format_parameters(""), "");
  EXPECT_EQ(format_parameters("[1]"), "");
  EXPECT_EQ(format_parameters("{\"stop\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
            "");
}

TEST(Modelfile, RebuildsTheModel) {
  Entry entry;
  entry.name = *parse_name("pirate:v1");
  entry.weights = "/models/blobs/sha256-94";
  entry.template_text = "{{- range .Messages }}{{ .Content }}\n{{ end }}";
  entry.system = "You are a helpful pirate.";
  entry.params_json = R"({"num_ctx":2048,"stop":["<|im_end|>","STOP"],"temperature":0})";
  entry.license = "MIT License";
  entry.messages_json = R"([{"role":"user","content":"hi"},{"role":"assistant","content":"ahoy \"sir\"\n"}])";
  EXPECT_EQ(
      format_modelfile(entry),
      "# Modelfile generated by \"ollama show\"\n"
      "# To build a new Modelfile based on this, replace FROM with:\n"
      "# FROM pirate:v1\n\n"
      "FROM /models/blobs/sha256-94\n"
      "TEMPLATE \"{{- range .Messages }}{{ .Content }}\n{{ end }}\"\n"
      "SYSTEM You are a helpful pirate.\n"
      "PARAMETER num_ctx 2048\nPARAMETER stop <|im_end|>\nPARAMETER stop STOP\nPARAMETER temperature 0\n"
      "LICENSE MIT License\n"
      "MESSAGE user hi\nMESSAGE assistant \"\"\"ahoy \"sir\"\n\"\"\"\n");
}

TEST(Describe, PutsEverythingTogether) {
  const TestDirectory directory;
  Entry entry;
  entry.name = *parse_name("tiny");
  entry.weights = "/w";
  const Description description = describe(entry, *open_gguf(directory, small_model()), Arrays::kNull);
  EXPECT_EQ(description.shown_template, description.facts.chat_template);
  EXPECT_EQ(description.capabilities, (Words{"completion"}));
  EXPECT_NE(description.modelfile.find("TEMPLATE {{ .Prompt }}\n"), std::string::npos);
  EXPECT_EQ(description.parameters, "");
}

}  // namespace
}  // namespace samovar::catalog
