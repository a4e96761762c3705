#include "backend/openai_wire.h"
#include "backend/upstream_json.h"

namespace samovar::backend {
namespace {

// Tool calls of Ollama's clients have no ids; OpenAI's servers want answers to point to calls.
class CallIds {
 public:
  std::string of_call(const std::string& given) {
    open_.push_back(given.empty() ? "call_" + std::to_string(++n_made_) : given);
    return open_.back();
  }
  std::string of_answer(const std::string& given) {
    if (!given.empty()) return given;
    if (n_answered_ < open_.size()) return open_[n_answered_++];
    return "call_" + std::to_string(++n_made_);
  }

 private:
  std::vector<std::string> open_;
  size_t n_answered_ = 0;
  int64_t n_made_ = 0;
};

OrderedJson encode_openai_message(const text::ChatMessage& message, CallIds& ids) {
  OrderedJson json = {{"role", message.role}, {"content", message.content}};
  if (message.role == "tool") json["tool_call_id"] = ids.of_answer(message.tool_call_id);
  if (message.tool_calls.empty()) return json;
  if (message.content.empty()) json["content"] = nullptr;
  for (const text::ToolCall& call : message.tool_calls) {
    json["tool_calls"].push_back({{"id", ids.of_call(call.id)},
                                  {"type", "function"},
                                  {"function", {{"name", call.name}, {"arguments", call.arguments_json}}}});
  }
  return json;
}

void add_tools(OrderedJson& json, const Request& request) {
  if (request.tools_json.empty()) return;
  json["tools"] = parse_or_null(request.tools_json);
  if (request.tool_choice == "required") {
    json["tool_choice"] = "required";
  } else if (!request.tool_choice.empty()) {
    json["tool_choice"] = {{"type", "function"}, {"function", {{"name", request.tool_choice}}}};
  }
}

void add_openai_options(OrderedJson& json, const Options& options) {
  add_set(json, "temperature", options.temperature);
  add_set(json, "top_p", options.top_p);
  add_set(json, "presence_penalty", options.presence_penalty);
  add_set(json, "frequency_penalty", options.frequency_penalty);
  add_set(json, "seed", options.seed);
  if (options.num_predict && *options.num_predict > 0) json["max_tokens"] = *options.num_predict;
  if (options.stop && !options.stop->empty()) json["stop"] = *options.stop;
  for (const auto& [token, bias] : options.logit_bias) json["logit_bias"][std::to_string(token)] = bias;
  // Not OpenAI's own: names that vLLM, SGLang and llama.cpp's server know.
  add_set(json, "top_k", options.top_k);
  add_set(json, "min_p", options.min_p);
  add_set(json, "typical_p", options.typical_p);
  add_set(json, "repetition_penalty", options.repeat_penalty);
  add_set(json, "repeat_penalty", options.repeat_penalty);
  add_set(json, "repeat_last_n", options.repeat_last_n);
  if (!options.grammar.empty()) json["grammar"] = json["guided_grammar"] = options.grammar;
  if (!options.regex.empty()) json["regex"] = json["guided_regex"] = options.regex;
}

void add_format(OrderedJson& json, const std::string& format) {
  if (format.empty()) return;
  if (format == "json") {
    json["response_format"] = {{"type", "json_object"}};
    return;
  }
  json["response_format"] = {
      {"type", "json_schema"},
      {"json_schema", {{"name", "answer"}, {"strict", true}, {"schema", parse_or_null(format)}}}};
}

void add_thinking(OrderedJson& json, const Request& request) {
  if (!request.think_level.empty()) {
    json["reasoning_effort"] = request.think_level;
  } else if (request.think) {
    json["chat_template_kwargs"] = {{"enable_thinking", *request.think}};
  }
}

void add_logprobs(OrderedJson& json, const Request& request, bool chat) {
  if (!request.logprobs) return;
  if (!chat) {
    json["logprobs"] = request.top_logprobs;
    return;
  }
  json["logprobs"] = true;
  if (request.top_logprobs > 0) json["top_logprobs"] = request.top_logprobs;
}

OrderedJson encode_openai_messages(const Request& request) {
  OrderedJson messages = OrderedJson::array();
  CallIds ids;
  if (request.kind == Request::Kind::kChat) {
    for (const text::ChatMessage& message : request.messages)
      messages.push_back(encode_openai_message(message, ids));
    return messages;
  }
  if (request.system && !request.system->empty())
    messages.push_back({{"role", "system"}, {"content", *request.system}});
  messages.push_back({{"role", "user"}, {"content", request.prompt}});
  return messages;
}

}  // namespace

Result<OpenAiBody> encode_openai_run(const Request& request) {
  const bool generates = request.kind == Request::Kind::kGenerate;
  if (generates && request.template_text)
    return Error{Code::kUnsupported, "template: an OpenAI server uses the model's own"};
  if (generates && !request.context.empty()) {
    return Error{
        Code::kUnsupported,
        "context: an OpenAI server takes no token ids of a conversation; send its messages to /api/chat"};
  }
  const bool chat = !generates || (!request.raw && request.suffix.empty());
  OrderedJson json = {{"model", request.model}};
  if (chat) {
    json["messages"] = encode_openai_messages(request);
    add_tools(json, request);
    add_thinking(json, request);
  } else {
    json["prompt"] = request.prompt;
    if (!request.suffix.empty()) json["suffix"] = request.suffix;
  }
  json["stream"] = true;
  json["stream_options"] = {{"include_usage", true}};
  add_openai_options(json, request.options);
  add_format(json, request.format_json);
  add_logprobs(json, request, chat);
  return OpenAiBody{chat ? "/chat/completions" : "/completions", dump_json(json)};
}

std::string encode_openai_embed_request(const EmbedRequest& request) {
  return dump_json(
      OrderedJson{{"model", request.model}, {"input", request.texts}, {"encoding_format", "float"}});
}

}  // namespace samovar::backend
