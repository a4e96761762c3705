// Replays recorded exchanges with an Ollama server (tests/data/api) on the handlers, without sockets,
// and compares status, Content-Type, the order and types of JSON members and the texts of errors.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "api/handler_client.h"
#include "api/routes.h"
#include "api/scripted_backend.h"

namespace samovar::api {
namespace {

using OrderedJson = nlohmann::ordered_json;

// Differences that are meant; docs/compatibility.md gives the reasons. A case listed here must differ:
// one that agrees again has to be taken off.
const std::map<std::string, std::set<std::string>>& meant_differences() {
  static const std::map<std::string, std::set<std::string>> kCases = {
      {"a runner's error, a JSON text inside a JSON text, becomes one sentence",
       {"92 runner 400 nonstream", "92 runner 400 stream", "92 runner 500 nonstream",
        "92j runner 400 nonstream", "92j runner 400 stream", "92j runner 500 nonstream", "93 v1 runner 400",
        "93 v1 runner 400 stream", "93 v1 runner 500", "93 responses runner 400 stream",
        "93 messages runner 400", "93 messages runner 400 stream"}},
      {"images for a model that cannot see are refused in words",
       {"03 images on text model", "04 images text model", "06 chat image part", "92 images", "92j images"}},
      {"a wrong format is the client's error, with every kind of template",
       {"03 format bad string", "03 format number", "04 format invalid", "04 format array", "92 format bad",
        "92 format array", "92j format bad", "92j format array"}},
      {"a schema is checked by the backend", {"03 format bad schema", "04 format invalid schema"}},
      {"a broken template is the client's error", {"03 template bad"}},
      {"_debug_render_only is not known",
       {"03 debug render", "03 native: system", "03 pirate debug render", "04 debug render",
        "04 debug render prefill", "04 native debug render", "04 gemma debug render",
        "04 pirate debug render", "92 debug render", "95 debug render"}},
      {"there is no cloud", {"04 cloud tag"}},
      {"an empty list is a list", {"90 v1 models empty"}},
      {"health checks exist", {"90 healthz"}},
      {"tool_choice none is obeyed", {"93 v1 chat tool_choice none", "95 v1 tool_choice none"}},
      {"a stream that breaks says why", {"93 v1 die midstream"}},
      {"texts can be tokenized", {"90 tokenize"}},
      {"log-probabilities", {"06 completion logprobs", "93 v1 completions logprobs"}},
      {"several answers at once", {"06 completion array prompt", "93 v1 completions array prompt"}},
      {"a wrong option is the client's error",
       {"03 stop string not array", "03 wrong option type", "03 wrong option type int"}},
      {"tokens can be counted", {"07 count_tokens", "93 messages count_tokens"}},
      {"every model that makes text embeds text",
       {"05 embed with completion model", "05 embeddings completion model"}},
      {"a text without any token is refused in words",
       {"05 embed list with empty", "94 v1 embeddings empty"}},
      {"a backend without embeddings says so", {"94 embed err", "94 embeddings legacy err"}},
      {"an item of a response ends before the next begins", {"95 responses tools stream"}},
      {"an answer cut by its limit is incomplete", {"93 responses length"}},
      {"tool calls come in a chunk of their own before the last, for every kind of template",
       {"95 tool stream", "95 content + two tools stream", "95 think+tool stream"}},
      {"thinking is split off in generate too", {"95 generate think"}},
      {"tool arguments that are no JSON object become an empty one", {"95 tool invalid args from model"}},
      {"a model that cannot be run is told as such",
       {"95 load failure", "95 v1 load failure", "93 v1 completions fim"}},
  };
  return kCases;
}

OrderedJson shape(const OrderedJson& value) {
  if (value.is_object()) {
    OrderedJson out = OrderedJson::object();
    for (const auto& [key, member] : value.items()) {
      const bool compared = key == "object" || key == "done" || key == "role" || key == "model";
      const bool reason = key == "done_reason" && (member == "load" || member == "unload");
      const bool opaque = key == "model_info" || key == "arguments" || key == "input";
      out[key] = compared || reason ? member : opaque ? OrderedJson(member.type_name()) : shape(member);
    }
    return out;
  }
  if (value.is_array()) return value.empty() ? OrderedJson::array() : OrderedJson::array({shape(value[0])});
  if (value.is_number()) return "number";
  return value.type_name();
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> out;
  size_t begin = 0;
  for (size_t at = 0; (at = text.find(separator, begin)) != std::string::npos;
       begin = at + separator.size()) {
    out.push_back(text.substr(begin, at - begin));
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
  return out;
}

// What is compared of a body: each event's shape, equal neighbours once; errors and plain text verbatim.
std::vector<std::string> digest(const std::string& type, const std::string& body) {
  std::vector<std::string> events = {body};
  if (type == "application/x-ndjson") events = split(body, "\n");
  if (type == "text/event-stream") events = split(body, "\n\n");
  std::vector<std::string> out;
  static const std::regex kRequestId("\"request_id\":\"req_[a-z0-9]+\"");
  for (std::string event : events) {
    const size_t data = event.starts_with("event: ") ? event.find("data: ") : 0;
    const std::string prefix = data != std::string::npos && event.substr(data).starts_with("data: ")
                                   ? event.substr(0, data + 6)
                                   : "";
    const OrderedJson json = OrderedJson::parse(event.substr(prefix.size()), nullptr, false);
    const bool fails = json.is_object() && json.contains("error") && !json["error"].is_null();
    const bool verbatim = json.is_discarded() || !json.is_object() || fails;
    if (verbatim) event = std::regex_replace(event, kRequestId, "");
    std::string text = verbatim ? event : prefix + shape(json).dump();
    if (out.empty() || out.back() != text) out.push_back(std::move(text));
  }
  return out;
}

class Recorded {
 public:
  Recorded() : backend_(std::make_shared<ScriptedBackend>()) {
    Deps deps;
    deps.backend = backend_;
    deps.version = "0.1.0";
    deps.now_ns = [this] { return backend_->now_ns; };
    add_routes(router_, std::move(deps));
    backend_->now_ns = 1'795'358'981'382'665'562;
    set_models("01-general");
    HandlerClient(router_, "POST", "/api/chat",
                  R"({"model":"smollm2","keep_alive":-1})");  // it was in memory
  }

  // What our answer differs in; empty when it agrees.
  std::string compare(const OrderedJson& row) {
    backend_->now_ns += 10'000'000'000;  // the recording waited where a model had to expire
    http::Headers headers;
    for (const auto& header : row["headers"]) headers.emplace_back(header[0], header[1]);
    HandlerClient client(router_, row["method"], row["path"], row["body"], headers);
    const Seen& seen = client.look();
    const std::string type = row["content_type"];
    std::string out;
    if (seen.status != row["status"]) out += "status " + std::to_string(seen.status) + "; ";
    if (seen.header("Content-Type") != type) out += "type " + seen.header("Content-Type") + "; ";
    if (row["method"] == "HEAD") return out;
    const auto ours = digest(seen.header("Content-Type"), seen.body);
    const auto theirs = digest(type, row["answer"]);
    if (ours != theirs)
      out += "body " + OrderedJson(ours).dump() + "\n   instead of " + OrderedJson(theirs).dump();
    return out;
  }

  void set_models(const std::string& file) {
    backend_->clear_models();
    if (file.starts_with("90")) return;
    if (file.starts_with("02")) backend_->add_model("me/copy2:tag", {"completion"});
    for (const char* name : {"gemma3:270m", "pirate:v1", "smollm2-jinja:latest", "smollm2:latest"}) {
      backend_->add_model(name, {"completion"});
    }
    backend_->add_model("smollm2-embed:latest", {"embedding"});
    backend_->add_model("jinja:latest", {"completion"});
    backend_->add_model("gotools:latest", {"completion", "tools", "thinking"});
    backend_->add_model("njt:latest", {"tools", "thinking", "completion"});
    backend_->add_model("fim:latest", {"completion", "insert"});
  }

 private:
  http::Router router_;
  std::shared_ptr<ScriptedBackend> backend_;
};

TEST(Replay, AnswersAsTheRecordedServerDid) {
  std::map<std::string, std::string> meant;
  for (const auto& [reason, cases] : meant_differences()) {
    for (const std::string& name : cases) meant[name] = reason;
  }
  std::ifstream lines(std::string(SAMOVAR_TEST_DATA) + "/api/recorded.jsonl");
  ASSERT_TRUE(lines) << "tests/data/api/recorded.jsonl is missing";
  Recorded recorded;
  std::string file;
  int agreed = 0;
  for (std::string line; std::getline(lines, line);) {
    const OrderedJson row = OrderedJson::parse(line);
    if (std::exchange(file, row["file"].get<std::string>()) != row["file"]) recorded.set_models(file);
    const std::string name = file.substr(0, file.find('-')) + (file.ends_with("jinja") ? "j" : "") + " " +
                             row["name"].get<std::string>();
    const std::string difference = recorded.compare(row);
    if (difference.empty()) {
      ++agreed;
      EXPECT_EQ(meant.count(name), 0U) << name << " agrees now: take it off the list";
    } else {
      EXPECT_EQ(meant.count(name), 1U)
          << name << ": " << row["body"].get<std::string>().substr(0, 200) << "\n   " << difference;
    }
  }
  RecordProperty("agreed", agreed);
  EXPECT_GT(agreed, 300);
}

}  // namespace
}  // namespace samovar::api
