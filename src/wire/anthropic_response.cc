#include "wire/anthropic_response.h"

#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

std::string to_event(std::string_view name, std::string_view json) {
  return "event: " + std::string(name) + "\ndata: " + std::string(json) + "\n\n";
}

void append_usage_of(std::string& out, const AnthropicUsage& usage) {
  ObjectWriter(out)
      .add("input_tokens", usage.input_tokens)
      .add("output_tokens", usage.output_tokens)
      .add_unless_zero("cache_read_input_tokens", usage.cached_tokens)
      .close();
}

void add_message_head(ObjectWriter& object, const AnthropicMessage& message) {
  object.add("id", message.id).add("type", "message").add("role", "assistant").add("model", message.model);
}

void append_blocks(std::string& out, const AnthropicMessage& message) {
  out += '[';
  if (!message.thinking.empty()) {
    ObjectWriter(out).add("type", "thinking").add("thinking", message.thinking).close();
  }
  if (!message.text.empty()) {
    if (out.back() != '[') out += ',';
    ObjectWriter(out).add("type", "text").add("text", message.text).close();
  }
  for (const ToolCall& call : message.tool_calls) {
    if (out.back() != '[') out += ',';
    ObjectWriter(out)
        .add("type", "tool_use")
        .add("id", call.id)
        .add("name", call.name)
        .add_raw("input", call.arguments_json)
        .close();
  }
  out += ']';
}

// {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"..."}}
std::string delta_event(int64_t index, std::string_view type, std::string_view key, std::string_view text) {
  std::string json;
  ObjectWriter object(json);
  object.add("type", "content_block_delta").add("index", index).key("delta");
  ObjectWriter(json).add("type", type).add(key, text).close();
  object.close();
  return to_event("content_block_delta", json);
}

std::string start_event(int64_t index, std::string_view block) {
  std::string json;
  ObjectWriter(json)
      .add("type", "content_block_start")
      .add("index", index)
      .add_raw("content_block", block)
      .close();
  return to_event("content_block_start", json);
}

}  // namespace

std::string encode_anthropic_message(const AnthropicMessage& message) {
  std::string out;
  ObjectWriter object(out);
  add_message_head(object, message);
  object.key("content");
  append_blocks(out, message);
  object.add("stop_reason", message.stop_reason).key("usage");
  append_usage_of(out, message.usage);
  object.close();
  return out;
}

std::string encode_message_start(const AnthropicMessage& head) {
  std::string json;
  ObjectWriter object(json);
  object.add("type", "message_start").key("message");
  ObjectWriter message(json);
  add_message_head(message, head);
  message.add_raw("content", "[]").key("usage");
  append_usage_of(json, head.usage);
  message.close();
  object.close();
  return to_event("message_start", json);
}

std::string encode_block_start(int64_t index, BlockKind kind) {
  return start_event(index, kind == BlockKind::kText ? R"({"type":"text","text":""})"
                                                     : R"({"type":"thinking","thinking":""})");
}

std::string encode_block_delta(int64_t index, BlockKind kind, std::string_view text) {
  return kind == BlockKind::kText ? delta_event(index, "text_delta", "text", text)
                                  : delta_event(index, "thinking_delta", "thinking", text);
}

std::string encode_block_stop(int64_t index) {
  std::string json;
  ObjectWriter(json).add("type", "content_block_stop").add("index", index).close();
  return to_event("content_block_stop", json);
}

std::string encode_tool_block(int64_t index, const ToolCall& call) {
  std::string block;
  ObjectWriter(block)
      .add("type", "tool_use")
      .add("id", call.id)
      .add("name", call.name)
      .add_raw("input", "{}")
      .close();
  return start_event(index, block) +
         delta_event(index, "input_json_delta", "partial_json", call.arguments_json) +
         encode_block_stop(index);
}

std::string encode_message_end(std::string_view stop_reason, const AnthropicUsage& usage) {
  std::string json;
  ObjectWriter object(json);
  object.add("type", "message_delta").key("delta");
  ObjectWriter(json).add("stop_reason", stop_reason).close();
  object.key("usage");
  append_usage_of(json, usage);
  object.close();
  return to_event("message_delta", json) + to_event("message_stop", R"({"type":"message_stop"})");
}

std::string encode_anthropic_error(std::string_view type, std::string_view message,
                                   std::string_view request_id) {
  std::string out;
  ObjectWriter object(out);
  object.add("type", "error").key("error");
  ObjectWriter(out).add("type", type).add("message", message).close();
  object.add("request_id", request_id).close();
  return out;
}

std::string encode_error_event(std::string_view error_json) { return to_event("error", error_json); }

}  // namespace samovar::wire
