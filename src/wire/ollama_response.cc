#include "wire/ollama_response.h"

#include "wire/json_writer.h"
#include "wire/logprobs.h"

namespace samovar::wire {
namespace {

void add_tool_calls(std::string& out, ObjectWriter& object, const std::vector<ToolCall>& calls) {
  if (calls.empty()) return;
  object.key("tool_calls");
  out += '[';
  for (size_t i = 0; i < calls.size(); ++i) {
    if (i > 0) out += ',';
    ObjectWriter call(out);
    call.add_unless_empty("id", calls[i].id).key("function");
    ObjectWriter function(out);
    function.add("index", static_cast<int64_t>(i)).add("name", calls[i].name);
    function.add_raw("arguments", calls[i].arguments_json.empty() ? "{}" : calls[i].arguments_json).close();
    call.close();
  }
  out += ']';
}

void add_message_parts(std::string& out, ObjectWriter& object, const Message& message) {
  object.add_unless_empty("thinking", message.thinking);
  add_tool_calls(out, object, message.tool_calls);
  object.add_unless_empty("tool_name", message.tool_name)
      .add_unless_empty("tool_call_id", message.tool_call_id);
}

void append_message(std::string& out, const Message& message) {
  ObjectWriter object(out);
  object.add("role", message.role).add("content", message.content);
  add_message_parts(out, object, message);
  object.close();
}

void add_metrics(ObjectWriter& object, const Metrics& metrics) {
  object.add_unless_zero("total_duration", metrics.total_ns)
      .add_unless_zero("load_duration", metrics.load_ns)
      .add_unless_zero("prompt_eval_count", metrics.prompt_tokens)
      .add_unless_zero("prompt_eval_cached_count", metrics.cached_tokens)
      .add_unless_zero("prompt_eval_duration", metrics.prompt_ns)
      .add_unless_zero("eval_count", metrics.answer_tokens)
      .add_unless_zero("eval_duration", metrics.answer_ns)
      .add_unless_zero("truncated_messages", metrics.dropped_messages)
      .add_unless_zero("truncated_tokens", metrics.dropped_tokens);
}

void add_done(ObjectWriter& object, const Chunk& chunk) {
  object.add("done", chunk.done).add_unless_empty("done_reason", chunk.done_reason);
}

void add_logprobs(std::string& out, ObjectWriter& object, const std::vector<Logprob>& logprobs) {
  if (logprobs.empty()) return;
  object.key("logprobs");
  append_logprobs(out, logprobs);
}

void append_details(std::string& out, const Details& details) {
  ObjectWriter object(out);
  object.add("parent_model", details.parent_model)
      .add("format", details.format)
      .add("family", details.family)
      .add("families", details.families)
      .add("parameter_size", details.parameter_size)
      .add("quantization_level", details.quantization_level)
      .add_unless_zero("context_length", details.context_length)
      .add_unless_zero("embedding_length", details.embedding_length)
      .close();
}

}  // namespace

std::string encode_chat_chunk(const Chunk& chunk) {
  std::string out;
  ObjectWriter object(out);
  object.add("model", chunk.model).add("created_at", chunk.created_at).key("message");
  append_message(out, {.role = "assistant",
                       .content = chunk.content,
                       .thinking = chunk.thinking,
                       .tool_calls = chunk.tool_calls,
                       .tool_name = {},
                       .tool_call_id = {}});
  add_done(object, chunk);
  add_logprobs(out, object, chunk.logprobs);
  if (chunk.metrics) add_metrics(object, *chunk.metrics);
  object.close();
  return out;
}

std::string encode_generate_chunk(const Chunk& chunk) {
  std::string out;
  ObjectWriter object(out);
  object.add("model", chunk.model).add("created_at", chunk.created_at).add("response", chunk.content);
  object.add_unless_empty("thinking", chunk.thinking);
  add_done(object, chunk);
  if (!chunk.context.empty()) {
    object.key("context");
    char separator = '[';
    for (const int32_t token : chunk.context) {
      out += separator;
      out += std::to_string(token);
      separator = ',';
    }
    out += ']';
  }
  if (chunk.metrics) add_metrics(object, *chunk.metrics);
  add_tool_calls(out, object, chunk.tool_calls);
  add_logprobs(out, object, chunk.logprobs);
  object.close();
  return out;
}

std::string encode_tags(const std::vector<ListedModel>& models) {
  std::string out = R"({"models":[)";
  for (const ListedModel& model : models) {
    if (&model != models.data()) out += ',';
    ObjectWriter object(out);
    object.add("name", model.name).add("model", model.name).add("modified_at", model.modified_at);
    object.add("size", model.size_bytes).add("digest", model.digest).key("details");
    append_details(out, model.details);
    if (!model.capabilities.empty()) object.add("capabilities", model.capabilities);
    object.close();
  }
  return out += "]}";
}

std::string encode_ps(const std::vector<RunningModel>& models) {
  std::string out = R"({"models":[)";
  for (const RunningModel& model : models) {
    if (&model != models.data()) out += ',';
    ObjectWriter object(out);
    object.add("name", model.name).add("model", model.name).add("size", model.size_bytes);
    object.add("digest", model.digest).key("details");
    append_details(out, model.details);
    object.add("expires_at", model.expires_at).add("size_vram", int64_t{0});
    object.add("context_length", model.context_length).close();
  }
  return out += "]}";
}

std::string encode_show(const ShownModel& model) {
  std::string out;
  ObjectWriter object(out);
  object.add_unless_empty("license", model.license)
      .add_unless_empty("modelfile", model.modelfile)
      .add_unless_empty("parameters", model.parameters)
      .add_unless_empty("template", model.template_text)
      .add_unless_empty("system", model.system)
      .key("details");
  append_details(out, model.details);
  if (!model.messages.empty()) {
    object.key("messages");
    out += '[';
    for (const Message& message : model.messages) {
      if (&message != model.messages.data()) out += ',';
      append_message(out, message);
    }
    out += ']';
  }
  object.add_raw_unless_empty("model_info", model.model_info_json)
      .add_raw_unless_empty("tensors", model.tensors_json);
  if (!model.capabilities.empty()) object.add("capabilities", model.capabilities);
  object.add("modified_at", model.modified_at).close();
  return out;
}

std::string encode_error(std::string_view message) {
  std::string out;
  ObjectWriter(out).add("error", message).close();
  return out;
}

}  // namespace samovar::wire
