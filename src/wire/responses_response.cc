#include "wire/responses_response.h"

#include <algorithm>

#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

std::string quoted(std::string_view text) { return to_json_string(text); }

std::string number_text(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

std::string write_usage(const std::optional<Usage>& usage, MemberOrder order) {
  if (!usage) return "null";
  return write_members(
      {{"input_tokens", std::to_string(usage->prompt_tokens)},
       {"output_tokens", std::to_string(usage->completion_tokens)},
       {"total_tokens", std::to_string(usage->prompt_tokens + usage->completion_tokens)},
       {"input_tokens_details", "{\"cached_tokens\":" + std::to_string(usage->cached_tokens) + "}"},
       {"output_tokens_details", "{\"reasoning_tokens\":0}"}},
      order);
}

std::string write_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? "," : "") + item;
  return out + "]";
}

// 0.7, not 0.699999988079071.
double as_written(float value) {
  return static_cast<double>(static_cast<int64_t>(value * 1e6F + 0.5F)) / 1e6;
}

}  // namespace

std::string write_members(Members members, MemberOrder order) {
  if (order == MemberOrder::kByName) std::sort(members.begin(), members.end());
  std::string out;
  ObjectWriter object(out);
  for (const auto& [name, json] : members) object.add_raw(name, json);
  object.close();
  return out;
}

std::string encode_response(const ResponsesRequest& request, const ResponseState& state, MemberOrder order) {
  const bool cut = state.status == "incomplete";
  return write_members(
      {{"id", quoted(state.id)},
       {"object", "\"response\""},
       {"created_at", std::to_string(state.created)},
       {"completed_at", state.completed == 0 ? "null" : std::to_string(state.completed)},
       {"status", quoted(state.status)},
       {"incomplete_details", cut ? R"({"reason":"max_output_tokens"})" : "null"},
       {"model", quoted(request.model)},
       {"previous_response_id", "null"},
       {"instructions", request.instructions_json},
       {"output", write_list(state.output)},
       {"error", state.error_json},
       {"tools", request.shown_tools_json},
       {"tool_choice", request.tool_choice_json},
       {"truncation", request.truncation_json},
       {"parallel_tool_calls", request.parallel_tool_calls ? "true" : "false"},
       {"text", request.text_json},
       {"top_p", number_text(as_written(request.options.top_p.value_or(1.0F)))},
       {"presence_penalty", "0"},
       {"frequency_penalty", "0"},
       {"top_logprobs", "0"},
       {"temperature", number_text(as_written(request.options.temperature.value_or(1.0F)))},
       {"reasoning", request.reasoning_json},
       {"usage", write_usage(state.usage, order)},
       {"max_output_tokens", request.max_output_tokens ? std::to_string(*request.max_output_tokens) : "null"},
       {"max_tool_calls", "null"},
       {"store", "false"},
       {"background", request.background ? "true" : "false"},
       {"service_tier", "\"default\""},
       {"metadata", request.metadata_json},
       {"safety_identifier", "null"},
       {"prompt_cache_key", "null"}},
      order);
}

std::string encode_text_part(std::string_view text, MemberOrder order) {
  return write_members(
      {{"type", "\"output_text\""}, {"text", quoted(text)}, {"annotations", "[]"}, {"logprobs", "[]"}},
      order);
}

std::string encode_message_item(std::string_view id, std::string_view text, MemberOrder order) {
  return write_members({{"id", quoted(id)},
                        {"type", "\"message\""},
                        {"status", "\"completed\""},
                        {"role", "\"assistant\""},
                        {"content", "[" + encode_text_part(text, order) + "]"}},
                       order);
}

std::string encode_opened_message_item(std::string_view id) {
  return write_members({{"content", "[]"},
                        {"id", quoted(id)},
                        {"role", "\"assistant\""},
                        {"status", "\"in_progress\""},
                        {"type", "\"message\""}},
                       MemberOrder::kByName);
}

std::string encode_reasoning_item(std::string_view id, std::string_view text, MemberOrder order) {
  const std::string part = order == MemberOrder::kByName
                               ? "{\"text\":" + quoted(text) + ",\"type\":\"summary_text\"}"
                               : "{\"type\":\"summary_text\",\"text\":" + quoted(text) + "}";
  return write_members({{"id", quoted(id)},
                        {"type", "\"reasoning\""},
                        {"summary", "[" + part + "]"},
                        {"encrypted_content", quoted(text)}},
                       order);
}

std::string encode_opened_reasoning_item(std::string_view id) {
  return write_members({{"id", quoted(id)}, {"summary", "[]"}, {"type", "\"reasoning\""}},
                       MemberOrder::kByName);
}

std::string encode_call_item(std::string_view id, const ToolCall& call, std::string_view status,
                             MemberOrder order) {
  const bool opened = status == "in_progress";
  return write_members({{"id", quoted(id)},
                        {"type", "\"function_call\""},
                        {"status", quoted(status)},
                        {"call_id", quoted(call.id)},
                        {"name", quoted(call.name)},
                        {"arguments", opened ? "\"\"" : quoted(call.arguments_json)}},
                       order);
}

std::string encode_response_event(std::string_view type, int64_t sequence_number, Members members) {
  members.emplace_back("type", quoted(type));
  members.emplace_back("sequence_number", std::to_string(sequence_number));
  return "event: " + std::string(type) +
         "\ndata: " + write_members(std::move(members), MemberOrder::kByName) + "\n\n";
}

}  // namespace samovar::wire
