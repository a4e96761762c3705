#include "wire/openai_response.h"

#include "wire/json_writer.h"
#include "wire/logprobs.h"

namespace samovar::wire {
namespace {

constexpr std::string_view kFingerprint = "fp_ollama";  // clients compare it with Ollama's

void add_head(ObjectWriter& object, const CompletionHead& head, std::string_view kind) {
  object.add("id", head.id)
      .add("object", kind)
      .add("created", head.created)
      .add("model", head.model)
      .add("system_fingerprint", kFingerprint);
}

void append_tool_calls(std::string& out, const Delta& delta) {
  out += '[';
  for (size_t i = 0; i < delta.tool_calls.size(); ++i) {
    const ToolCall& call = delta.tool_calls[i];
    if (i > 0) out += ',';
    ObjectWriter object(out);
    object.add("id", call.id)
        .add("index", delta.first_tool_index + static_cast<int64_t>(i))
        .add("type", "function");
    object.key("function");
    ObjectWriter(out).add("name", call.name).add("arguments", call.arguments_json).close();
    object.close();
  }
  out += ']';
}

void append_message(std::string& out, const Delta& delta) {
  ObjectWriter object(out);
  if (delta.first) object.add("role", "assistant");
  object.add("content", delta.content).add_unless_empty("reasoning", delta.reasoning);
  if (!delta.tool_calls.empty()) {
    object.key("tool_calls");
    append_tool_calls(out, delta);
  }
  object.close();
}

void add_logprobs(std::string& out, ObjectWriter& object, const Delta& delta) {
  if (delta.logprobs.empty()) return;
  object.key("logprobs");
  ObjectWriter content(out);
  content.key("content");
  append_logprobs(out, delta.logprobs);
  content.close();
}

void append_model(std::string& out, const OpenAiModel& model) {
  ObjectWriter(out)
      .add("id", model.id)
      .add("object", "model")
      .add("created", model.created)
      .add("owned_by", model.owned_by)
      .close();
}

constexpr std::string_view kChunk = "chat.completion.chunk";

}  // namespace

void append_usage(std::string& out, const Usage& usage) {
  ObjectWriter object(out);
  object.add("prompt_tokens", usage.prompt_tokens)
      .add("completion_tokens", usage.completion_tokens)
      .add("total_tokens", usage.prompt_tokens + usage.completion_tokens);
  if (usage.cached_tokens > 0) {
    object.key("prompt_tokens_details");
    ObjectWriter(out).add("cached_tokens", usage.cached_tokens).close();
  }
  object.close();
}

std::string encode_openai_delta(const CompletionHead& head, const Delta& delta) {
  std::string out;
  ObjectWriter object(out);
  add_head(object, head, kChunk);
  object.key("choices");
  out += '[';
  ObjectWriter choice(out);
  choice.add("index", delta.index).key("delta");
  append_message(out, delta);
  choice.add_null("finish_reason");
  add_logprobs(out, choice, delta);
  choice.close();
  out += ']';
  object.close();
  return out;
}

std::string encode_openai_finish(const CompletionHead& head, int64_t index, std::string_view finish_reason) {
  std::string out;
  ObjectWriter object(out);
  add_head(object, head, kChunk);
  object.key("choices");
  out += '[';
  ObjectWriter(out).add("index", index).add_raw("delta", "{}").add("finish_reason", finish_reason).close();
  out += ']';
  object.close();
  return out;
}

std::string encode_openai_usage(const CompletionHead& head, const Usage& usage) {
  std::string out;
  ObjectWriter object(out);
  add_head(object, head, kChunk);
  object.add_raw("choices", "[]").key("usage");
  append_usage(out, usage);
  object.close();
  return out;
}

std::string encode_openai_completion(const CompletionHead& head, std::span<const OpenAiChoice> choices,
                                     const Usage& usage) {
  std::string out;
  ObjectWriter object(out);
  add_head(object, head, "chat.completion");
  object.key("choices");
  out += '[';
  for (const OpenAiChoice& one : choices) {
    if (&one != choices.data()) out += ',';
    ObjectWriter choice(out);
    choice.add("index", one.message.index).key("message");
    append_message(out, one.message);
    choice.add("finish_reason", std::string_view(one.finish_reason));
    add_logprobs(out, choice, one.message);
    choice.close();
  }
  out += ']';
  object.key("usage");
  append_usage(out, usage);
  object.close();
  return out;
}

std::string encode_openai_model(const OpenAiModel& model) {
  std::string out;
  append_model(out, model);
  return out;
}

std::string encode_openai_models(const std::vector<OpenAiModel>& models) {
  std::string out = R"({"object":"list","data":[)";
  for (const OpenAiModel& model : models) {
    if (&model != models.data()) out += ',';
    append_model(out, model);
  }
  return out += "]}";
}

std::string encode_openai_error(std::string_view message, std::string_view type, std::string_view code) {
  std::string out;
  ObjectWriter object(out);
  object.key("error");
  ObjectWriter error(out);
  error.add("message", message).add("type", type).add_null("param");
  if (code.empty()) {
    error.add_null("code");
  } else {
    error.add("code", code);
  }
  error.close();
  object.close();
  return out;
}

}  // namespace samovar::wire
