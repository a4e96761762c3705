// Wire structs -> backend requests, and what comes back -> wire structs. Pure.
#pragma once

#include <string>
#include <vector>

#include "backend/backend.h"
#include "wire/anthropic_request.h"
#include "wire/chat_message.h"
#include "wire/ollama_request.h"
#include "wire/ollama_response.h"
#include "wire/openai_completion.h"
#include "wire/openai_request.h"
#include "wire/openai_response.h"
#include "wire/responses_request.h"

namespace samovar::api {

[[nodiscard]] backend::Request to_request(wire::ChatRequest request);
[[nodiscard]] backend::Request to_request(wire::GenerateRequest request);
[[nodiscard]] backend::Request to_request(wire::OpenAiChatRequest request);
[[nodiscard]] backend::Request to_request(wire::CompletionRequest request);  // of its first prompt
[[nodiscard]] backend::Request to_request(wire::ResponsesRequest request);
[[nodiscard]] backend::Request to_request(wire::AnthropicRequest request);

// Log-probabilities in one answer: 0..20. Fails with kInvalidArgument.
[[nodiscard]] Result<int32_t> check_top_logprobs(int64_t count);

// `piece` as the content of a chunk. Tool calls without an id get one; arguments that are no JSON object,
// which a model may well write, become {}: they would break the whole line.
[[nodiscard]] wire::Chunk to_chunk(const backend::Piece& piece);
[[nodiscard]] std::vector<wire::ToolCall> to_tool_calls(const std::vector<text::ToolCall>& calls);
[[nodiscard]] std::vector<wire::Logprob> to_logprobs(const std::vector<backend::TokenLogprob>& logprobs);
[[nodiscard]] wire::Metrics to_metrics(const backend::Summary& summary);
[[nodiscard]] wire::Usage to_usage(const backend::Summary& summary);

// /api/tags shows the lengths, /api/ps and /api/show do not.
enum class Lengths { kShown, kHidden };
[[nodiscard]] wire::Details to_details(const backend::ModelFacts& facts, Lengths lengths);

// Time as OpenAI's objects carry it.
[[nodiscard]] constexpr int64_t to_unix_seconds(int64_t unix_ns) { return unix_ns / 1'000'000'000; }

// Letters and digits, unguessable enough never to collide.
[[nodiscard]] std::string make_id(std::string_view prefix, size_t length);

}  // namespace samovar::api
