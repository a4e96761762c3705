#include "catalog/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "catalog/digest.h"
#include "catalog/manifest.h"
#include "catalog/test_gguf.h"

namespace samovar::catalog {
namespace {
namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

Name name_of(const char* text) { return *parse_name(text); }

class StoreTest : public ::testing::Test {
 protected:
  fs::path gguf(const TestGguf& content = small_model()) {
    fs::path path = directory_.path() / ("file" + std::to_string(n_files_++) + ".gguf");
    content.write(path);
    return path;
  }
  Layer add_blob(const char* kind, const std::string& text) {
    const std::string hex = hash_text(text);
    write_file(blob_path(store_.root(), hex), text);
    return make_layer(kind, hex, static_cast<int64_t>(text.size()));
  }
  fs::path manifest_file(const std::string& tail) { return store_.root() / "manifests" / tail; }
  size_t count_files(const fs::path& path) {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }

  TestDirectory directory_;
  Store store_{directory_.path() / "models"};
  int n_files_ = 0;
};

TEST_F(StoreTest, AnEmptyStoreHasNoModels) {
  const Result<std::vector<Entry>> entries = store_.list();
  ASSERT_TRUE(entries);
  EXPECT_TRUE(entries->empty());
  const Result<Entry> entry = store_.find(name_of("nope"));
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, Code::kNotFound);
  EXPECT_EQ(entry.error().message, "model 'nope:latest' not found");
}

TEST_F(StoreTest, ImportWritesOllamasLayout) {
  const fs::path file = gguf();
  const std::string bytes = read_file(file);
  std::vector<std::pair<int64_t, int64_t>> steps;
  const Result<Entry> entry = store_.import_gguf(
      file, name_of("tiny:1b"), [&](int64_t done, int64_t total) { steps.emplace_back(done, total); });
  ASSERT_TRUE(entry) << entry.error().message;
  const std::string config =
      R"({"model_format":"gguf","model_family":"llama","model_families":["llama"],"model_type":"192","file_type":"Q4_1","architecture":"amd64","os":"linux"})"
      "\n";
  EXPECT_EQ(read_file(store_.root() / "blobs" / ("sha256-" + hash_text(config))), config);
  EXPECT_EQ(read_file(entry->weights), bytes);
  EXPECT_EQ(entry->weights.filename(), "sha256-" + hash_text(bytes));
  const std::string manifest = read_file(manifest_file("registry.ollama.ai/library/tiny/1b"));
  EXPECT_EQ(
      manifest,
      R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:)" +
          hash_text(config) + R"(","size":)" + std::to_string(config.size()) +
          R"(},"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:)" +
          hash_text(bytes) + R"(","size":)" + std::to_string(bytes.size()) + "}]}\n");
  EXPECT_EQ(entry->digest, hash_text(manifest));
  EXPECT_EQ(entry->size_bytes, static_cast<int64_t>(bytes.size() + config.size()));
  EXPECT_EQ(entry->name.display(), "tiny:1b");
  EXPECT_EQ(entry->parameter_size, "192");
  EXPECT_EQ(entry->quantization_level, "Q4_1");
  EXPECT_GT(entry->modified_at_ns, int64_t{1'600'000'000} * 1'000'000'000);
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.back().first, steps.back().second);
  EXPECT_EQ(count_files(store_.root() / "blobs"), 2U) << "no unfinished files";
}

TEST_F(StoreTest, ImportSharesTheSourcesBytes) {
  const fs::path file = gguf();
  const Result<Entry> entry = store_.import_gguf(file, name_of("tiny"), {});
  ASSERT_TRUE(entry);
  EXPECT_TRUE(fs::equivalent(file, entry->weights)) << "a hard link on one file system";
}

TEST_F(StoreTest, ImportFromAnotherFileSystemCopies) {
  std::error_code failed;
  if (!fs::is_directory("/dev/shm", failed)) GTEST_SKIP() << "there is no /dev/shm here";
  std::string name = "/dev/shm/samovar-catalog-XXXXXX";
  const int descriptor = ::mkstemp(name.data());
  ASSERT_GE(descriptor, 0);
  ::close(descriptor);
  small_model().tensor("large.weight", 1024, 700).write(name);  // more than one piece of copying
  int64_t last = 0;
  const Result<Entry> entry = store_.import_gguf(
      name, name_of("far"), [&](int64_t done, int64_t) { EXPECT_GE(done, std::exchange(last, done)); });
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_FALSE(fs::equivalent(name, entry->weights, failed));
  EXPECT_EQ(read_file(entry->weights), read_file(name));
  EXPECT_EQ(entry->weights.filename(), "sha256-" + hash_text(read_file(name)));
  fs::remove(name);
}

TEST_F(StoreTest, ImportOfASymbolicLinkLinksItsTarget) {
  const fs::path file = gguf();
  fs::create_symlink(file, directory_.path() / "link.gguf");
  const Result<Entry> entry = store_.import_gguf(directory_.path() / "link.gguf", name_of("tiny"), {});
  ASSERT_TRUE(entry);
  fs::remove(directory_.path() / "link.gguf");
  EXPECT_TRUE(store_.find(name_of("tiny")));
}

TEST_F(StoreTest, ImportAgainAndUnderAnotherNameKeepsOneBlob) {
  const fs::path file = gguf();
  ASSERT_TRUE(store_.import_gguf(file, name_of("one"), {}));
  ASSERT_TRUE(store_.import_gguf(file, name_of("one"), {}));
  const Result<Entry> first = store_.find(name_of("one"));
  ASSERT_TRUE(first);
  const Result<Entry> second = store_.import_gguf(first->weights, name_of("two"), {});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->digest, first->digest);
  EXPECT_EQ(count_files(store_.root() / "blobs"), 2U);
  EXPECT_EQ(store_.list()->size(), 2U);
}

TEST_F(StoreTest, ImportRepairsADamagedBlob) {
  const fs::path file = gguf();
  const std::string bytes = read_file(file);
  write_file(blob_path(store_.root(), hash_text(bytes)), "half a downl");
  const Result<Entry> entry = store_.import_gguf(file, name_of("tiny"), {});
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(read_file(entry->weights), bytes);
}

TEST_F(StoreTest, ImportRefusesWhatIsNotGguf) {
  const fs::path file = directory_.path() / "x.gguf";
  write_file(file, "hello");
  const Result<Entry> entry = store_.import_gguf(file, name_of("x"), {});
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().code, Code::kCorrupt);
  EXPECT_NE(entry.error().message.find("x.gguf"), std::string::npos) << entry.error().message;
  EXPECT_FALSE(fs::exists(store_.root())) << "nothing written";
  EXPECT_EQ(store_.import_gguf(directory_.path() / "none", name_of("x"), {}).error().code, Code::kNotFound);
  Name bad;
  bad.model = "..";
  EXPECT_EQ(store_.import_gguf(gguf(), bad, {}).error().code, Code::kInvalidArgument);
}

TEST_F(StoreTest, LookUpIgnoresCase) {
  ASSERT_TRUE(store_.import_gguf(gguf(), name_of("SmolLM2:Q4_1"), {}));
  const Result<Entry> entry = store_.find(name_of("smollm2:q4_1"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->name.display(), "SmolLM2:Q4_1");
  ASSERT_TRUE(store_.import_gguf(gguf(), name_of("smollm2:q4_1"), {}));
  EXPECT_EQ(store_.list()->size(), 1U) << "the same model";
}

TEST_F(StoreTest, LayersOfAModelMadeByOllama) {
  const Result<Entry> base = store_.import_gguf(gguf(), name_of("base"), {});
  ASSERT_TRUE(base);
  const std::string config = R"({"model_format":"gguf","model_family":"llama","model_families":["llama"]})";
  Manifest manifest;
  manifest.config = add_blob("config", config);
  manifest.layers = {make_layer("model", parse_digest(base->weights.filename().string()),
                                static_cast<int64_t>(fs::file_size(base->weights))),
                     add_blob("template", "{{ .Prompt }}"),
                     add_blob("system", "You are a pirate."),
                     add_blob("params", R"({"stop":["<|im_end|>"],"temperature":0})"),
                     add_blob("messages", R"([{"role":"user","content":"hi"}])"),
                     add_blob("license", "MIT"),
                     add_blob("adapter", "lora")};
  manifest.layers[0].from = "base:latest";
  write_file(manifest_file("registry.ollama.ai/me/pirate/v1"), make_manifest_json(manifest));
  const Result<Entry> entry = store_.find(name_of("me/pirate:v1"));
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->template_text, "{{ .Prompt }}");
  EXPECT_EQ(entry->system, "You are a pirate.");
  EXPECT_EQ(entry->params_json, R"({"stop":["<|im_end|>"],"temperature":0})");
  EXPECT_EQ(entry->messages_json, R"([{"role":"user","content":"hi"}])");
  EXPECT_EQ(entry->license, "MIT");
  EXPECT_EQ(entry->parent_model, "base:latest");
  EXPECT_EQ(entry->other_layers, (std::vector<std::string>{"adapter"}));
}

TEST_F(StoreTest, BrokenManifestsAreNamedAndLeftOutOfTheList) {
  ASSERT_TRUE(store_.import_gguf(gguf(), name_of("good"), {}));
  const std::string library = "registry.ollama.ai/library/";
  write_file(manifest_file(library + "empty/latest"), "");
  write_file(manifest_file(library + "array/latest"), "[]");
  write_file(manifest_file(library + "nolayers/latest"), R"({"config":{"digest":"x","size":1}})");
  write_file(manifest_file(library + "escape/latest"),
             R"({"config":{"digest":"sha256:../../../../etc/passwd","size":1},"layers":[]})");
  write_file(manifest_file(library + "deep/latest"), std::string(100'000, '['));
  write_file(manifest_file(library + "huge/latest"), std::string(2'000'000, ' '));
  std::vector<Error> broken;
  const Result<std::vector<Entry>> entries = store_.list(&broken);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().name.model, "good");
  EXPECT_EQ(broken.size(), 6U);
  for (const Error& error : broken) EXPECT_EQ(error.code, Code::kCorrupt) << error.message;
  const Result<Entry> entry = store_.find(name_of("escape"));
  ASSERT_FALSE(entry);
  EXPECT_NE(entry.error().message.find("model 'escape:latest' is damaged"), std::string::npos);
  EXPECT_NE(entry.error().message.find("config has no valid digest"), std::string::npos)
      << entry.error().message;
}

TEST_F(StoreTest, MissingShortAndWrongBlobsAreNamed) {
  const Result<Entry> entry = store_.import_gguf(gguf(), name_of("tiny"), {});
  ASSERT_TRUE(entry);
  const std::string whole = read_file(entry->weights);
  const auto message = [&] {
    const Result<Entry> found = store_.find(name_of("tiny"));
    EXPECT_FALSE(found);
    return found ? std::string() : found.error().message;
  };
  fs::remove(entry->weights);
  EXPECT_NE(message().find(entry->weights.string()), std::string::npos);
  write_file(entry->weights, whole.substr(1));
  EXPECT_NE(message().find("bytes instead of " + std::to_string(whole.size())), std::string::npos)
      << message();
  write_file(entry->weights, whole);
  EXPECT_TRUE(store_.find(name_of("tiny")));
  for (const fs::directory_entry& blob : fs::directory_iterator(store_.root() / "blobs")) {
    if (blob.path() == entry->weights) continue;
    std::string config = read_file(blob.path());
    config[2] = 'M';
    write_file(blob.path(), config);
  }
  EXPECT_NE(message().find("does not match its digest"), std::string::npos) << message();
}

TEST_F(StoreTest, ForeignFilesInTheTreeAreHarmless) {
  ASSERT_TRUE(store_.import_gguf(gguf(), name_of("tiny"), {}));
  write_file(manifest_file("stray"), "x");
  write_file(manifest_file("registry.ollama.ai/library/tiny/.swp"), "x");
  write_file(manifest_file("registry.ollama.ai/library/..odd/latest"), "x");
  fs::create_directories(manifest_file("registry.ollama.ai/library/dir/latest"));
  fs::create_symlink("/nonexistent", manifest_file("registry.ollama.ai/library/tiny/dangling"));
  const Result<std::vector<Entry>> entries = store_.list();
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), 1U);
}

TEST_F(StoreTest, LeftoversOfACrashAreRemovedWhenOld) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  const fs::path blobs = store_.root() / "blobs";
  const fs::path old_file = blobs / (".samovar-import-" + std::to_string(now.count() - 7200) + "-1-0");
  const fs::path new_file = blobs / (".samovar-import-" + std::to_string(now.count()) + "-2-0");
  write_file(old_file, "half");
  write_file(new_file, "half");
  ASSERT_TRUE(store_.import_gguf(gguf(), name_of("tiny"), {}));
  EXPECT_FALSE(fs::exists(old_file));
  EXPECT_TRUE(fs::exists(new_file)) << "another import may be under way";
}

TEST_F(StoreTest, ImportsAtTheSameTime) {
  std::vector<fs::path> files;
  for (uint64_t i = 0; i < 4; ++i) {
    TestGguf content = small_model();
    content.tensor("extra.weight", 32, 1000 + i);
    files.push_back(gguf(content));
  }
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string name = "model" + std::to_string(i % 2);
      const Result<Entry> entry = store_.import_gguf(files[i % 4], *parse_name(name), {});
      if (!entry) ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  std::vector<Error> broken;
  EXPECT_EQ(store_.list(&broken)->size(), 2U);
  EXPECT_TRUE(broken.empty());
  for (const fs::directory_entry& blob : fs::directory_iterator(store_.root() / "blobs")) {
    const std::string name = blob.path().filename().string();
    EXPECT_EQ(name, "sha256-" + hash_text(read_file(blob.path())));
  }
}

TEST_F(StoreTest, NewestComesFirst) {
  ASSERT_TRUE(store_.import_gguf(gguf(), name_of("old"), {}));
  ASSERT_TRUE(store_.import_gguf(gguf(), name_of("new"), {}));
  const fs::path old_manifest = manifest_file("registry.ollama.ai/library/old/latest");
  fs::last_write_time(old_manifest, fs::file_time_type::clock::now() - std::chrono::hours(1));
  const Result<std::vector<Entry>> entries = store_.list();
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].name.model, "new");
}

TEST(Manifest, ConfigIsByteForByteOllamas) {
  // The config blob that Ollama wrote for SmolLM2-135M Q4_1, known by its digest.
  const std::string config = make_config_json({"gguf", "llama", {"llama"}, "134.52M", "Q4_1"});
  EXPECT_EQ(config.size(), 152U);
  EXPECT_EQ(hash_text(config), "4157c46799c19ced6cac0c50480eb70cd5c096c0a632d8fc68a793e7376dd7bb");
}

TEST(Digest, KnownAnswers) {
  EXPECT_EQ(hash_text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_text("hello"), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  const std::string hex(64, 'a');
  EXPECT_EQ(parse_digest("sha256:" + hex), hex);
  EXPECT_EQ(parse_digest("sha256-" + hex), hex);
  for (const std::string text : {"", "sha256:abc", "sha512:abc", "foo"}) EXPECT_EQ(parse_digest(text), "");
  EXPECT_EQ(parse_digest("sha256:" + std::string(64, 'A')), "");
  EXPECT_EQ(parse_digest("sha256:" + std::string(61, 'a') + "../"), "");
}

TEST(Store, RealModelImportsAsOllamaWouldHave) {
  const char* path = std::getenv("SAMOVAR_TEST_SMOLLM2");
  if (path == nullptr) GTEST_SKIP() << "SAMOVAR_TEST_SMOLLM2 is not set";
  const TestDirectory directory;
  const Result<Entry> entry = Store(directory.path()).import_gguf(path, name_of("smollm2:135m"), {});
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->parameter_size, "134.52M");
  EXPECT_EQ(entry->quantization_level, "Q4_1");
  EXPECT_EQ(entry->size_bytes, 98362432 + 152) << "as the recorded Ollama says";
}

}  // namespace
}  // namespace samovar::catalog
