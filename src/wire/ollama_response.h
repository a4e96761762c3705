// Answers of Ollama's own API: plain structs -> JSON text, members in Ollama's order, zero figures left
// out as it does. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chat_message.h"

namespace samovar::wire {

struct Metrics {
  int64_t total_ns = 0;
  int64_t load_ns = 0;
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;  // prompt_eval_cached_count of Ollama 0.33.3
  int64_t prompt_ns = 0;
  int64_t answer_tokens = 0;
  int64_t answer_ns = 0;
  int64_t dropped_messages = 0;  // "truncated_messages": of the prompt, because it did not fit; not Ollama's
  int64_t dropped_tokens = 0;    // "truncated_tokens": of prompt and answer; not Ollama's
};

// One line of a stream, or the whole answer.
struct Chunk {
  std::string_view model;
  std::string created_at;
  std::string content;
  std::string thinking;
  std::vector<ToolCall> tool_calls;
  std::vector<Logprob> logprobs;
  bool done = false;
  std::string done_reason;         // done
  std::vector<int32_t> context;    // done, generate
  std::optional<Metrics> metrics;  // done
};

[[nodiscard]] std::string encode_chat_chunk(const Chunk& chunk);
[[nodiscard]] std::string encode_generate_chunk(const Chunk& chunk);

struct Details {
  std::string parent_model;
  std::string format;
  std::string family;
  std::vector<std::string> families;
  std::string parameter_size;
  std::string quantization_level;
  int64_t context_length = 0;    // left out when 0
  int64_t embedding_length = 0;  // left out when 0
};

struct ListedModel {
  std::string name;
  std::string modified_at;
  int64_t size_bytes = 0;
  std::string digest;
  Details details;
  std::vector<std::string> capabilities;
};
[[nodiscard]] std::string encode_tags(const std::vector<ListedModel>& models);

struct RunningModel {
  std::string name;
  int64_t size_bytes = 0;
  std::string digest;
  Details details;
  std::string expires_at;
  int64_t context_length = 0;
};
[[nodiscard]] std::string encode_ps(const std::vector<RunningModel>& models);

struct ShownModel {
  std::string license;
  std::string modelfile;
  std::string parameters;
  std::string template_text;
  std::string system;
  Details details;
  std::vector<Message> messages;
  std::string model_info_json;  // an object, or empty
  std::string tensors_json;     // an array, or empty
  std::vector<std::string> capabilities;
  std::string modified_at;
};
[[nodiscard]] std::string encode_show(const ShownModel& model);

// {"error":"..."}
[[nodiscard]] std::string encode_error(std::string_view message);

}  // namespace samovar::wire
