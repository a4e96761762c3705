#include "backend/ollama_wire.h"
#include "backend/upstream_json.h"

namespace samovar::backend {
namespace {

OrderedJson encode_options(const Options& options) {
  OrderedJson json = OrderedJson::object();
  add_set(json, "temperature", options.temperature);
  add_set(json, "top_k", options.top_k);
  add_set(json, "top_p", options.top_p);
  add_set(json, "min_p", options.min_p);
  add_set(json, "typical_p", options.typical_p);
  add_set(json, "repeat_penalty", options.repeat_penalty);
  add_set(json, "repeat_last_n", options.repeat_last_n);
  add_set(json, "presence_penalty", options.presence_penalty);
  add_set(json, "frequency_penalty", options.frequency_penalty);
  add_set(json, "seed", options.seed);
  add_set(json, "num_predict", options.num_predict);
  add_set(json, "num_ctx", options.num_ctx);
  add_set(json, "num_keep", options.num_keep);
  add_set(json, "stop", options.stop);
  if (!options.grammar.empty()) json["grammar"] = options.grammar;
  if (!options.regex.empty()) json["regex"] = options.regex;
  return json;
}

OrderedJson encode_message(const text::ChatMessage& message) {
  OrderedJson json = {{"role", message.role}, {"content", message.content}};
  if (!message.thinking.empty()) json["thinking"] = message.thinking;
  if (!message.tool_name.empty()) json["tool_name"] = message.tool_name;
  if (!message.tool_call_id.empty()) json["tool_call_id"] = message.tool_call_id;
  for (const text::ToolCall& call : message.tool_calls) {
    OrderedJson encoded = {
        {"function", {{"name", call.name}, {"arguments", parse_or_null(call.arguments_json)}}}};
    if (!call.id.empty()) encoded["id"] = call.id;
    json["tool_calls"].push_back(std::move(encoded));
  }
  return json;
}

void add_chat(OrderedJson& json, const Request& request) {
  json["messages"] = OrderedJson::array();
  for (const text::ChatMessage& message : request.messages)
    json["messages"].push_back(encode_message(message));
  if (!request.tools_json.empty()) json["tools"] = parse_or_null(request.tools_json);
}

void add_generate(OrderedJson& json, const Request& request) {
  json["prompt"] = request.prompt;
  if (!request.suffix.empty()) json["suffix"] = request.suffix;
  add_set(json, "system", request.system);
  add_set(json, "template", request.template_text);
  if (!request.context.empty()) json["context"] = request.context;
  if (request.raw) json["raw"] = true;
}

}  // namespace

std::string encode_run(const Request& request) {
  OrderedJson json = {{"model", request.model}};
  if (request.kind == Request::Kind::kChat) {
    add_chat(json, request);
  } else {
    add_generate(json, request);
  }
  json["stream"] = true;
  if (request.format_json == "json") {
    json["format"] = "json";
  } else if (!request.format_json.empty()) {
    json["format"] = parse_or_null(request.format_json);
  }
  if (!request.think_level.empty()) {
    json["think"] = request.think_level;
  } else {
    add_set(json, "think", request.think);
  }
  if (OrderedJson options = encode_options(request.options); !options.empty())
    json["options"] = std::move(options);
  if (request.keep_alive_ns) json["keep_alive"] = std::to_string(*request.keep_alive_ns) + "ns";
  if (request.logprobs) json["logprobs"] = true;
  if (request.top_logprobs > 0) json["top_logprobs"] = request.top_logprobs;
  if (request.truncate) json["truncate"] = *request.truncate;
  if (request.shift) json["shift"] = *request.shift;
  return dump_json(json);
}

std::string encode_show(std::string_view model, bool verbose) {
  OrderedJson json = {{"model", model}};
  if (verbose) json["verbose"] = true;
  return dump_json(json);
}

std::string encode_embed_request(const EmbedRequest& request) {
  OrderedJson json = {{"model", request.model}, {"input", request.texts}, {"truncate", request.truncate}};
  if (request.num_ctx) json["options"] = {{"num_ctx", *request.num_ctx}};
  if (request.keep_alive_ns) json["keep_alive"] = std::to_string(*request.keep_alive_ns) + "ns";
  return dump_json(json);
}

}  // namespace samovar::backend
