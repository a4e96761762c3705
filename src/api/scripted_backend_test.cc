#include "api/scripted_backend.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

#include "catalog/name.h"
#include "http/text.h"
#include "wire/json_writer.h"

namespace samovar::api {
namespace {

constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
constexpr int64_t kFiveMinutesNs = 300'000'000'000;

// The text between "@@NAME:" and the next "@@"; an empty one for a bare "@@NAME".
std::vector<std::string> find_scripts(const std::string& text, const std::string& name) {
  std::vector<std::string> out;
  const std::string mark = "@@" + name;
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    at += mark.size();
    if (at >= text.size() || text[at] != ':') {
      out.emplace_back();
      continue;
    }
    const size_t end = text.find("@@", at);
    out.push_back(text.substr(at + 1, end - at - 1));
    at = end == std::string::npos ? text.size() : end + 2;
  }
  return out;
}

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) words.push_back(words.empty() ? word : " " + word);
  return words;
}

struct Script {
  const backend::Request& request;
  backend::Listener& listener;
  std::string prompt;

  void say(const std::string& text) const {
    for (const std::string& word : split_words(text)) {
      backend::Piece piece;
      piece.content = word;
      if (request.logprobs) piece.logprobs = {{word, -0.25F, top(word)}};
      listener.on_piece(std::move(piece));
    }
  }

  [[nodiscard]] std::vector<backend::TokenLogprob> top(const std::string& word) const {
    if (request.top_logprobs == 0) return {};
    return {{word, -0.25F, {}}, {" x", -1.5F, {}}};
  }

  void call_tools() const {
    std::vector<std::string> calls = find_scripts(prompt, "TOOL");
    for (const std::string& call : find_scripts(prompt, "RAWTOOL")) calls.push_back(call);
    if (calls.empty() || request.tools_json.empty()) return;
    backend::Piece piece;
    for (std::string call : calls) {
      if (call.empty()) call = R"(get_weather:{"city":"Paris"})";
      const size_t colon = call.find(':');
      piece.tool_calls.push_back({"", call.substr(0, colon), call.substr(colon + 1)});
    }
    listener.on_piece(std::move(piece));
  }

  // False when the script says to fail.
  [[nodiscard]] bool run() const {
    if (prompt.find("@@ERR400") != std::string::npos) {
      listener.on_failed(
          {Code::kTooLong,
           "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it"});
      return false;
    }
    if (prompt.find("@@ERR500") != std::string::npos) {
      listener.on_failed({Code::kInternal, "Failed to parse input at pos 0"});
      return false;
    }
    if (prompt.find("@@DIE") != std::string::npos) {
      say("a b");
      listener.on_failed(
          {Code::kInternal, "an error was encountered while running the model: unexpected EOF"});
      return false;
    }
    for (const std::string& thought : find_scripts(prompt, "THINK")) {
      if (request.think.value_or(true)) think(thought);
    }
    if (prompt.find("@@PRE") != std::string::npos) say("Let me check.");
    const auto texts = find_scripts(prompt, "TEXT");
    for (const std::string& text : texts) say(text);
    if (prompt.find("TOOL") != std::string::npos) {
      call_tools();
    } else if (texts.empty()) {
      say("Hello! How can I <help>?");
    }
    return true;
  }

  void think(const std::string& text) const {
    for (const std::string& word : split_words(text)) {
      backend::Piece piece;
      piece.thinking = word;
      listener.on_piece(std::move(piece));
    }
  }
};

backend::Summary make_summary(const backend::Request& request, const std::string& prompt) {
  backend::Summary summary;
  summary.done_reason = prompt.find("@@LEN") != std::string::npos ? "length" : "stop";
  summary.total_ns = 130'136'905;
  summary.load_ns = 1'148'779;
  summary.prompt_tokens = 10;
  summary.prompt_ns = 70'500'000;
  summary.answer_tokens = 5;
  summary.answer_ns = 50'000'000;
  if (request.kind == backend::Request::Kind::kGenerate && !request.raw) summary.context = {1, 2, 3};
  return summary;
}

class NoRun final : public backend::Run {
 public:
  void cancel() override {}
};

}  // namespace

void ScriptedBackend::HeldRun::cancel() {
  if (cancels++ == 0) listener->on_failed({Code::kCancelled, "request canceled"});
}

void ScriptedBackend::add_model(const std::string& name, std::vector<std::string> capabilities) {
  backend::ModelSummary model;
  model.name = name;
  model.digest = std::string(64, 'a');
  model.size_bytes = 98'362'745;
  model.modified_at_ns = 1'795'358'981'382'665'562;
  model.facts = {"", "gguf", "llama", {"llama"}, "134.52M", "Q4_1", 8192, 576};
  model.capabilities = std::move(capabilities);
  models_.push_back(std::move(model));
}

const backend::ModelSummary* ScriptedBackend::find(const std::string& name) const {
  const auto wanted = catalog::parse_name(name);
  if (!wanted) return nullptr;
  for (const auto& model : models_) {
    if (http::equals_ignoring_case(catalog::parse_name(model.name)->full(), wanted->full())) return &model;
  }
  return nullptr;
}

void ScriptedBackend::note_loaded(const std::string& name, const backend::Request& request) {
  const int64_t keep = request.keep_alive_ns.value_or(kFiveMinutesNs);
  std::erase_if(loaded_until_ns_, [&](const auto& entry) { return entry.first == name; });
  loaded_until_ns_.insert(loaded_until_ns_.begin(), {name, keep < 0 ? kForever : now_ns + keep});
}

std::shared_ptr<backend::Run> ScriptedBackend::generate(backend::Request request,
                                                        std::shared_ptr<backend::Listener> listener) {
  requests.push_back(request);
  if (hold) return held.emplace_back(std::make_shared<HeldRun>(std::move(request), std::move(listener)));
  const bool is_chat = request.kind == backend::Request::Kind::kChat;
  const auto* model = find(request.model);
  if (model == nullptr) {
    listener->on_failed({Code::kNotFound, "no " + request.model});
  } else if (std::count(model->capabilities.begin(), model->capabilities.end(), "completion") == 0) {
    listener->on_failed({Code::kUnsupported, wire::quote_go(request.model) + " does not support " +
                                                 (is_chat ? "chat" : "generate")});
  } else if (model->name == "fim:latest") {
    listener->on_failed({Code::kUnsupported, "unknown model architecture 'foo'"});
  } else if (request.template_text && request.template_text->find("}}") == std::string::npos) {
    listener->on_failed({Code::kInvalidArgument, "template: line 1: unclosed action"});
  } else if (is_chat ? request.messages.empty() : request.prompt.empty()) {
    note_loaded(model->name, request);
    backend::Summary summary;
    summary.done_reason = "load";
    summary.total_ns = 5;
    listener->on_done(summary);
  } else {
    note_loaded(model->name, request);
    const std::string prompt = is_chat ? request.messages.back().content : request.prompt;
    if (Script{request, *listener, prompt}.run()) listener->on_done(make_summary(request, prompt));
  }
  return std::make_shared<NoRun>();
}

void ScriptedBackend::embed(backend::EmbedRequest request, backend::Callback<backend::Embeddings> callback) {
  const auto* model = find(request.model);
  if (model == nullptr) return callback(Error{Code::kNotFound, "no " + request.model});
  backend::Request loading;
  loading.keep_alive_ns = request.keep_alive_ns;
  note_loaded(model->name, loading);
  backend::Embeddings out;
  out.load_ns = 1'148'779;
  out.total_ns = 13'956'556;
  for (const std::string& text : request.texts) {
    if (text.empty())
      return callback(Error{Code::kInvalidArgument, "input[0] is empty: there is nothing to embed"});
    if (text == "@@ERR") return callback(Error{Code::kUnsupported, "embeddings are not supported by script"});
    out.tokens += static_cast<int64_t>(split_words(text).size());
    out.vectors.push_back({3, 4, 0, 12});
  }
  callback(std::move(out));
}

void ScriptedBackend::count_tokens(backend::Request request, backend::Callback<int64_t> callback) {
  if (find(request.model) == nullptr) return callback(Error{Code::kNotFound, "no " + request.model});
  int64_t count = 0;
  for (const text::ChatMessage& message : request.messages) {
    count += static_cast<int64_t>(split_words(message.content).size());
  }
  callback(count);
}

void ScriptedBackend::list(backend::Callback<std::vector<backend::ModelSummary>> callback) {
  callback(models_);
}

void ScriptedBackend::list_loaded(backend::Callback<std::vector<backend::LoadedModel>> callback) {
  std::vector<backend::LoadedModel> out;
  for (const auto& [name, until] : loaded_until_ns_) {
    const auto* model = find(name);
    if (until > now_ns && model != nullptr) out.push_back({*model, until, 209'505'483, 4096});
  }
  callback(std::move(out));
}

void ScriptedBackend::describe(std::string model, bool,
                               backend::Callback<backend::ModelDescription> callback) {
  const auto* found = find(model);
  if (found == nullptr) return callback(Error{Code::kNotFound, "no " + model});
  backend::ModelDescription out;
  out.summary = *found;
  out.modelfile = "# Modelfile generated by \"ollama show\"\n";
  out.chat_template = "{{ .Prompt }}";
  out.model_info_json = R"({"general.architecture":"llama","general.basename":"smollm2"})";
  out.tensors_json = R"([{"name":"token_embd.weight","type":"Q8_0","shape":[576,49152]}])";
  if (found->name == "smollm2:latest" || found->name == "smollm2-embed:latest" ||
      found->name == "pirate:v1" || found->name == "gotools:latest") {
    out.parameters = "stop                           \"<|im_end|>\"";
  }
  if (found->name == "pirate:v1") {
    out.license = "MIT License";
    out.system = "You are a helpful pirate.";
    out.messages = {{.role = "user", .content = "hi"}, {.role = "assistant", .content = "ahoy"}};
  }
  callback(std::move(out));
}

}  // namespace samovar::api
