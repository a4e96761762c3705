#include "catalog/create.h"

#include <gtest/gtest.h>

#include <set>

#include "catalog/blobs.h"
#include "catalog/digest.h"
#include "catalog/manifest.h"
#include "catalog/test_gguf.h"

namespace samovar::catalog {
namespace {
namespace fs = std::filesystem;

Name named(const std::string& text) { return *parse_name(text); }

class CreateTest : public ::testing::Test {
 protected:
  CreateTest() {
    const fs::path file = directory_.path() / "tiny.gguf";
    small_model().write(file);
    EXPECT_TRUE(store_.import_gguf(file, named("base"), {}));
  }
  Result<void> create(const CreateRequest& request) {
    lines_.clear();
    return create_model(store_, request, [this](const std::string& line) { lines_.push_back(line); });
  }
  std::string failure(const CreateRequest& request) {
    const Result<void> made = create(request);
    return made ? "no failure" : made.error().message;
  }
  std::set<std::string> blobs() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(store_.root() / "blobs"))
      names.insert(entry.path().filename());
    return names;
  }
  std::vector<std::string> digests(const Name& name) {
    std::vector<std::string> out;
    const auto manifest = parse_manifest(*store_.manifest_text(name));
    for (const Layer& layer : manifest->layers) out.push_back(layer.digest_hex.substr(0, 8));
    return out;
  }

  TestDirectory directory_;
  Store store_{directory_.path() / "models"};
  std::vector<std::string> lines_;
};

// The digests are those that a recorded Ollama gave to the same texts, parameters and messages.
TEST_F(CreateTest, LayersAreByteForByteOllamas) {
  const Result<void> made =
      create({.name = named("derived:v1"),
              .from = named("base"),
              .files = {},
              .adapters = {},
              .template_text = "{{ .Prompt }}",
              .system = "You are a pirate.",
              .licenses = {"MIT", "Apache-2.0"},
              .params_json = R"({"temperature":0,"stop":["<|im_end|>","XX"],"num_ctx":1024})",
              .messages_json = R"([{"content":"hi","role":"user"},
                                                        {"role":"assistant","content":"ahoy"}])",
              .convert = {}});
  ASSERT_TRUE(made) << made.error().message;
  const auto layers = digests(named("derived:v1"));
  ASSERT_EQ(layers.size(), 7U);
  EXPECT_EQ(std::vector<std::string>(layers.begin() + 2, layers.end()),
            (std::vector<std::string>{"400458a6", "e5dcffe8", "2af71558", "8348e781", "fe9c7583"}));
  ASSERT_EQ(lines_.size(), 8U);
  EXPECT_TRUE(lines_[0].starts_with("using existing layer sha256:"));
  EXPECT_TRUE(lines_[2].starts_with("creating new layer sha256:400458a6"));
  EXPECT_EQ(lines_[7], "writing manifest");
  const Result<Entry> entry = store_.find(named("derived:v1"));
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->system, "You are a pirate.");
  EXPECT_EQ(entry->parent_model, "base:latest");
}

TEST_F(CreateTest, ParametersAreLaidOverTheBases) {
  ASSERT_TRUE(create({.name = named("a"),
                      .from = named("base"),
                      .params_json = R"({"stop":["<|im_start|>","<|im_end|>"]})"}));
  EXPECT_EQ(digests(named("a")).back(), "f02dd72b");
  ASSERT_TRUE(create({.name = named("b"), .from = named("a"), .params_json = R"({"temperature":0.5})"}));
  EXPECT_EQ(digests(named("b")).back(), "edce556a");
  ASSERT_TRUE(create({.name = named("c"), .from = named("b"), .system = "You are Mario."}));
  EXPECT_EQ(store_.find(named("c"))->params_json, store_.find(named("b"))->params_json);
}

TEST_F(CreateTest, FromAGgufBlobUsesItInPlace) {
  const std::string hex = parse_digest(store_.find(named("base"))->weights.filename().string());
  const auto before = blobs();
  ASSERT_TRUE(create({.name = named("again"), .files = {{"m.gguf", "sha256:" + hex}}}));
  EXPECT_EQ(lines_, (std::vector<std::string>{"parsing GGUF", "using existing layer sha256:" + hex,
                                              "writing manifest"}));
  EXPECT_EQ(blobs(), before) << "config and weights are the base's";
  EXPECT_EQ(store_.find(named("again"))->digest, store_.find(named("base"))->digest);
}

TEST_F(CreateTest, BadRequestsAreToldInOllamasWords) {
  const std::string hex(64, '0');
  const Name name = named("x");
  EXPECT_EQ(failure({.name = name, .files = {{"/etc/passwd", "sha256:" + hex}}}),
            "file path must be relative");
  EXPECT_EQ(failure({.name = name, .files = {{"a/../../x.gguf", "sha256:" + hex}}}),
            "file path must be relative");
  EXPECT_EQ(failure({.name = name, .files = {{"x.gguf", "md5:1"}}}), "invalid digest format");
  EXPECT_EQ(failure({.name = name, .files = {{"x.bin", "sha256:" + hex}}}), "unknown type");
  EXPECT_EQ(failure({.name = name}), "unknown type");
  EXPECT_EQ(failure({.name = name, .files = {{"x.gguf", "sha256:" + hex}}}),
            "open " + blob_path(store_.root(), hex).string() + ": no such file or directory");
  EXPECT_EQ(failure({.name = name, .from = named("nope")}), "model 'nope:latest' not found");
  EXPECT_TRUE(failure({.name = name, .from = named("base"), .template_text = "{{ .Foo "})
                  .starts_with("template error: "));
  EXPECT_EQ(failure({.name = name, .from = named("base"), .params_json = R"({"temperature":"hot"})"}),
            "option \"temperature\" must be of type float32");
  EXPECT_EQ(failure({.name = name, .from = named("base"), .params_json = R"({"stop":[1]})"}),
            "option \"stop\" must be of an array of strings");
  EXPECT_TRUE(failure({.name = name, .from = named("base"), .messages_json = R"([{"role":"x"}])"})
                  .starts_with("messages[0]"));
  for (const CreateRequest& refused :
       {CreateRequest{.name = name, .from = named("base"), .adapters = {{"a.gguf", "sha256:" + hex}}},
        CreateRequest{.name = name, .files = {{"a.safetensors", "sha256:" + hex}}},
        CreateRequest{.name = name, .files = {{"a.gguf", "sha256:" + hex}, {"b.gguf", "sha256:" + hex}}}}) {
    const Result<void> made = create(refused);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::kUnsupported) << made.error().message;
  }
  EXPECT_EQ(store_.list()->size(), 1U) << "nothing was made";
}

TEST_F(CreateTest, WhatIsNoGgufIsRefused) {
  const Result<Layer> blob = add_text_blob(store_.root(), "model", "hello");
  ASSERT_TRUE(blob);
  EXPECT_EQ(failure({.name = named("x"), .files = {{"x.gguf", "sha256:" + blob->digest_hex}}}),
            "supplied file was not in GGUF format");
}

TEST_F(CreateTest, ACopyIsTheSameModelAndOutlivesItsSource) {
  ASSERT_TRUE(store_.copy(named("base"), named("me/copy:v2")));
  EXPECT_EQ(store_.find(named("me/copy:v2"))->digest, store_.find(named("base"))->digest);
  ASSERT_TRUE(store_.copy(named("base"), named("BASE"))) << "onto itself";
  const auto before = blobs();
  ASSERT_TRUE(store_.remove(named("base")));
  EXPECT_EQ(blobs(), before) << "the copy needs them all";
  EXPECT_TRUE(store_.find(named("me/copy:v2")).ok());
  ASSERT_TRUE(store_.remove(named("me/copy:v2")));
  EXPECT_TRUE(blobs().empty());
  EXPECT_FALSE(fs::exists(store_.root() / "manifests" / "registry.ollama.ai"));
  EXPECT_EQ(store_.remove(named("base")).error().message, "model 'base:latest' not found");
  EXPECT_EQ(store_.copy(named("base"), named("x")).error().code, Code::kNotFound);
}

TEST_F(CreateTest, RemovingKeepsWhatOthersUseAndWhatIsUnknown) {
  ASSERT_TRUE(create({.name = named("a"), .from = named("base"), .system = "one"}));
  ASSERT_TRUE(create({.name = named("b"), .from = named("base"), .system = "two"}));
  ASSERT_TRUE(store_.remove(named("a")));
  EXPECT_FALSE(has_blob(store_.root(), hash_text("one")));
  EXPECT_TRUE(store_.find(named("b")).ok());
  // What a damaged manifest needs is not known: nothing is removed then.
  fs::create_directories(store_.root() / "manifests/registry.ollama.ai/library/odd");
  std::ofstream(store_.root() / "manifests/registry.ollama.ai/library/odd/latest") << "{";
  ASSERT_TRUE(store_.remove(named("b")));
  EXPECT_TRUE(has_blob(store_.root(), hash_text("two")));
  EXPECT_TRUE(store_.remove(named("odd"))) << "a damaged model can be removed";
}

TEST_F(CreateTest, ReplacingAModelRemovesWhatItNoLongerUses) {
  ASSERT_TRUE(create({.name = named("a"), .from = named("base"), .system = "one"}));
  ASSERT_TRUE(create({.name = named("a"), .from = named("base"), .system = "two"}));
  EXPECT_FALSE(has_blob(store_.root(), hash_text("one")));
  EXPECT_TRUE(has_blob(store_.root(), hash_text("two")));
}

TEST_F(CreateTest, NothingIsRemovedWhileSomethingIsAdded) {
  ASSERT_TRUE(create({.name = named("a"), .from = named("base"), .system = "one"}));
  const std::string text = *store_.manifest_text(named("a"));
  {
    Building building(store_);
    ASSERT_TRUE(store_.remove(named("a")));
    EXPECT_TRUE(building.put_manifest(named("b"), text)) << "its blobs are still there";
  }
  EXPECT_TRUE(store_.find(named("b")).ok());
}

TEST_F(CreateTest, AManifestIsRefusedUntilItsBlobsAreThere) {
  const std::string text = *store_.manifest_text(named("base"));
  Manifest manifest = *parse_manifest(text);
  manifest.layers.push_back(make_layer("system", std::string(64, 'a'), 3));
  const Result<void> put = Building(store_).put_manifest(named("x"), make_manifest_json(manifest));
  ASSERT_FALSE(put);
  EXPECT_NE(put.error().message.find(std::string(64, 'a')), std::string::npos);
  EXPECT_FALSE(Building(store_).put_manifest(named("x"), "nonsense").ok());
  EXPECT_EQ(store_.list()->size(), 1U);
}

TEST_F(CreateTest, BlobsAreKeptOnlyUnderTheirTrueDigest) {
  const auto before = blobs();
  auto writer = BlobWriter::open(store_.root());
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->write("hel"));
  ASSERT_TRUE((*writer)->write("lo"));
  const std::string wrong(64, 'b');
  EXPECT_EQ((*writer)->finish(wrong).error().message,
            "digest mismatch, expected \"sha256:" + wrong + "\", got \"sha256:" + hash_text("hello") + "\"");
  writer->reset();
  EXPECT_EQ(blobs(), before) << "nothing is left behind";
  writer = BlobWriter::open(store_.root());
  ASSERT_TRUE((*writer)->write("hello"));
  ASSERT_TRUE((*writer)->finish(hash_text("hello")));
  EXPECT_TRUE(has_blob(store_.root(), hash_text("hello"), 5));
}

}  // namespace
}  // namespace samovar::catalog
