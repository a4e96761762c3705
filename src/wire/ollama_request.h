// Requests of Ollama's own API: bytes -> plain structs, with Ollama's rules and error texts
// (decoder.h, json.h). All functions are pure and fail with kInvalidArgument; the message is what the
// client gets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/chat_message.h"
#include "wire/ollama_options.h"

namespace samovar::wire {

struct GenerationRequest {  // what chat and generate share
  std::string model;
  bool stream = true;
  std::string format;  // the JSON value as it came: "\"json\"", a schema, anything; empty: none
  std::optional<int64_t> keep_alive_ns;  // negative: for ever
  ReadOptions options;
  Think think;
  std::optional<bool> truncate;
  std::optional<bool> shift;
  bool logprobs = false;
  int64_t top_logprobs = 0;  // not yet checked
};

struct ChatRequest : GenerationRequest {
  std::vector<Message> messages;
  std::string tools_json;  // a JSON array with at least one tool, or empty
};

struct GenerateRequest : GenerationRequest {
  std::string prompt;
  std::string suffix;
  std::string system;
  std::string template_text;
  std::vector<int32_t> context;
  bool raw = false;
  bool has_images = false;
};

struct ShowRequest {
  std::string model;
  std::optional<std::string> system;
  bool verbose = false;
};

// An empty body is "missing request body".
[[nodiscard]] Result<ChatRequest> parse_chat_request(std::string_view body);
[[nodiscard]] Result<GenerateRequest> parse_generate_request(std::string_view body);
[[nodiscard]] Result<ShowRequest> parse_show_request(std::string_view body);

// `format` of a request -> backend's format: "json", a schema's JSON, or empty for none.
// Fails: invalid format: "\"xml\""; expected "json" or a valid JSON Schema object.
[[nodiscard]] Result<std::string> check_format(std::string_view format);

}  // namespace samovar::wire
