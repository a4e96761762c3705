// OpenAI's responses (POST /v1/responses) read with Ollama's rules and error texts. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/chat_message.h"

namespace samovar::wire {

struct ResponsesRequest {
  std::string model;
  std::vector<Message> messages;  // the instructions first
  std::string tools_json;         // as chat completions have them, or empty; empty for tool_choice "none"
  std::string tool_choice;        // empty: the model decides; "required", or a tool's name
  std::string format;             // "json", a schema's JSON, or empty
  Options options;                // temperature and top_p are 1 unless given
  Think think;
  bool stream = false;

  // What the answer repeats; JSON values.
  std::string instructions_json = "null";
  std::string shown_tools_json = "[]";
  std::string tool_choice_json = "\"auto\"";
  std::string text_json = R"({"format":{"type":"text"}})";
  std::string reasoning_json = "null";
  std::string metadata_json = "{}";
  std::string truncation_json = "\"disabled\"";
  std::optional<int64_t> max_output_tokens;
  bool background = false;
  bool parallel_tool_calls = true;
};

[[nodiscard]] Result<ResponsesRequest> parse_responses_request(std::string_view body);

}  // namespace samovar::wire
