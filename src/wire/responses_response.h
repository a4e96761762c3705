// OpenAI's responses: the object and the events of its stream -> JSON text. Pure. A stream's objects have
// their members in the order of their names, a whole answer's not: so Ollama sends them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/openai_response.h"
#include "wire/responses_request.h"

namespace samovar::wire {

// An object under construction: members and their JSON values.
using Members = std::vector<std::pair<std::string, std::string>>;
enum class MemberOrder { kGiven, kByName };
[[nodiscard]] std::string write_members(Members members, MemberOrder order);

struct ResponseState {
  std::string id;
  int64_t created = 0;
  int64_t completed = 0;  // 0: under way
  std::string status;     // "in_progress", "completed", "incomplete", "failed"
  std::string error_json = "null";
  std::vector<std::string> output;  // items, JSON
  std::optional<Usage> usage;
};

[[nodiscard]] std::string encode_response(const ResponsesRequest& request, const ResponseState& state,
                                          MemberOrder order);

// Items of the output.
[[nodiscard]] std::string encode_message_item(std::string_view id, std::string_view text, MemberOrder order);
[[nodiscard]] std::string encode_opened_message_item(std::string_view id);
[[nodiscard]] std::string encode_reasoning_item(std::string_view id, std::string_view text,
                                                MemberOrder order);
[[nodiscard]] std::string encode_opened_reasoning_item(std::string_view id);
// `status`: "in_progress" (without arguments) or "completed".
[[nodiscard]] std::string encode_call_item(std::string_view id, const ToolCall& call, std::string_view status,
                                           MemberOrder order);
// {"annotations":[],"logprobs":[],"text":"...","type":"output_text"}
[[nodiscard]] std::string encode_text_part(std::string_view text, MemberOrder order);

// "event: TYPE\ndata: {...}\n\n" with the members in the order of their names, "type" among them.
[[nodiscard]] std::string encode_response_event(std::string_view type, int64_t sequence_number,
                                                Members members);

}  // namespace samovar::wire
