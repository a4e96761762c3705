// Replays recorded exchanges with an Ollama server about its model store (tests/data/api/store.jsonl) on the
// handlers and a real store with a tiny model: status, Content-Type, every line of progress, every error.

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <thread>

#include "api/handler_client.h"
#include "api/routes.h"
#include "api/scripted_backend.h"
#include "backend/local_library.h"
#include "catalog/create.h"
#include "catalog/digest.h"
#include "catalog/test_gguf.h"

namespace samovar::api {
namespace {

using RecordedJson = nlohmann::ordered_json;

// docs/compatibility.md gives the reasons. A case listed here must differ.
const std::map<std::string, std::set<std::string>>& meant_store_differences() {
  static const std::map<std::string, std::set<std::string>> kStoreCases = {
      {"adapters are refused in words", {"08 create adapter bad"}},
      {"quantize: what it cannot do is the client's error",
       {"08 create quantize quantized", "91 create bad quantize", "91 create bad quantize name"}},
      {"bytes under a wrong digest are not kept", {"91 blob POST small ok"}},
      {"a GGUF is used in place, with its own template", {"91 create gguf stream"}},
      {"a parameter of a wrong type is refused", {"91 create bad param type"}},
      {"a broken template says what was expected", {"91 create bad template"}},
  };
  return kStoreCases;
}

constexpr const char* kTemplate =
    "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end "
    "}}<|im_start|>assistant\n";
constexpr const char* kRecordedWeights = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
constexpr const char* kParams = R"({"stop":["<|im_start|>","<|im_end|>"]})";

// Digests of weights differ, and with them whether a layer was new; where a store lies is not compared.
std::string without_digests(const std::string& text, const std::string& root) {
  static const std::regex kDigest("[0-9a-f]{64}");
  static const std::regex kLayer("(creating new|using existing) layer");
  std::string out = std::regex_replace(text, kDigest, "DIGEST");
  out = std::regex_replace(out, kLayer, "layer");
  for (const std::string& place : {root, std::string("/models")}) {
    for (size_t at = 0; (at = out.find(place + "/")) != std::string::npos;)
      out.replace(at, place.size(), "STORE");
  }
  return out;
}

class StoreReplay : public ::testing::Test {
 protected:
  StoreReplay() : root_(directory_.path() / "models") {
    const std::filesystem::path file = directory_.path() / "tiny.gguf";
    catalog::small_model().write(file);
    for (const char* name : {"smollm2", "native"}) make_base(name);
    Deps deps;
    deps.backend = std::make_shared<ScriptedBackend>();
    deps.library = std::make_shared<backend::LocalLibrary>(root_);
    deps.version = "0.1.0";
    add_routes(router_, std::move(deps));
  }

  // A model with the template and the parameters that the recorded server had found for it.
  void make_base(const char* name) {
    catalog::Store store(root_);
    const catalog::Name parsed = *catalog::parse_name(name);
    const auto entry = store.import_gguf(directory_.path() / "tiny.gguf", parsed, {});
    ASSERT_TRUE(entry);
    weights_ = catalog::parse_digest(entry->weights.filename().string());
    ASSERT_TRUE(catalog::create_model(
        store, {.name = parsed, .from = parsed, .template_text = kTemplate, .params_json = kParams},
        [](const std::string&) {}));
  }

  Seen ask(const RecordedJson& row) {
    // The recorded model's weights are not here; the tiny one's are.
    const std::string body =
        std::regex_replace(row["body"].get<std::string>(), std::regex(kRecordedWeights), weights_);
    HandlerClient client(router_, row["method"], row["path"], body, {});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!client.look().finished && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return client.look();
  }

  // What our answer differs in; empty when it agrees.
  std::string compare(const RecordedJson& row) {
    const Seen seen = ask(row);
    std::string out;
    if (seen.status != row["status"]) out += "status " + std::to_string(seen.status) + "; ";
    const std::string type = row["content_type"];
    if (seen.header("Content-Type") != type) out += "type " + seen.header("Content-Type") + "; ";
    if (row["method"] == "HEAD") return out;
    const std::string ours = without_digests(seen.body, root_.string());
    const std::string theirs = without_digests(row["answer"], root_.string());
    if (ours != theirs) out += "body " + ours + "\n   instead of " + theirs;
    return out;
  }

  catalog::TestDirectory directory_;
  std::filesystem::path root_;
  std::string weights_;
  http::Router router_;
};

TEST_F(StoreReplay, AnswersAsTheRecordedServerDid) {
  std::set<std::string> meant;
  for (const auto& [reason, cases] : meant_store_differences()) meant.insert(cases.begin(), cases.end());
  std::ifstream lines(std::string(SAMOVAR_TEST_DATA) + "/api/store.jsonl");
  ASSERT_TRUE(lines) << "tests/data/api/store.jsonl is missing";
  int agreed = 0;
  for (std::string line; std::getline(lines, line);) {
    const RecordedJson row = RecordedJson::parse(line);
    const std::string name = row["file"].get<std::string>() + " " + row["name"].get<std::string>();
    const std::string difference = compare(row);
    if (name == "91 create gguf stream") make_base("native");
    agreed += difference.empty() ? 1 : 0;
    EXPECT_EQ(difference.empty(), meant.count(name) == 0)
        << name << ": " << row["body"] << "\n   " << difference;
  }
  RecordProperty("agreed", agreed);
  EXPECT_GT(agreed, 40);
}

}  // namespace
}  // namespace samovar::api
