#include "api/to_backend.h"

#include <random>
#include <utility>

#include "wire/json.h"

namespace samovar::api {
namespace {

backend::Options to_options(wire::Options options) {
  return {.temperature = options.temperature,
          .top_p = options.top_p,
          .min_p = options.min_p,
          .typical_p = options.typical_p,
          .repeat_penalty = options.repeat_penalty,
          .presence_penalty = options.presence_penalty,
          .frequency_penalty = options.frequency_penalty,
          .top_k = options.top_k,
          .repeat_last_n = options.repeat_last_n,
          .num_predict = options.num_predict,
          .num_ctx = options.num_ctx,
          .num_keep = options.num_keep,
          .seed = options.seed,
          .logit_bias = std::move(options.logit_bias),
          .stop = std::move(options.stop),
          .grammar = std::move(options.grammar),
          .regex = std::move(options.regex)};
}

std::vector<text::ChatMessage> to_messages(std::vector<wire::Message> messages) {
  std::vector<text::ChatMessage> out;
  out.reserve(messages.size());
  for (wire::Message& message : messages) {
    text::ChatMessage& chat = out.emplace_back();
    chat.role = std::move(message.role);
    chat.content = std::move(message.content);
    chat.thinking = std::move(message.thinking);
    for (wire::ToolCall& call : message.tool_calls) {
      chat.tool_calls.push_back({std::move(call.id), std::move(call.name), std::move(call.arguments_json)});
    }
    chat.tool_name = std::move(message.tool_name);
    chat.tool_call_id = std::move(message.tool_call_id);
  }
  return out;
}

bool is_object(const std::string& json) {
  const auto parsed = wire::parse_json(json);
  return parsed && parsed->kind == wire::Json::Kind::kObject && parsed->raw.size() == json.size();
}

// The fields that chat and generate share; format and top_logprobs were checked by the caller.
backend::Request to_shared(wire::GenerationRequest& request) {
  backend::Request out;
  out.model = std::move(request.model);
  out.think = request.think.on;
  out.think_level = std::move(request.think.level);
  out.options = to_options(std::move(request.options.options));
  out.logprobs = request.logprobs;
  out.keep_alive_ns = request.keep_alive_ns;
  out.truncate = request.truncate;
  out.shift = request.shift;
  return out;
}

// What the dialects that are not Ollama's share.
template <typename WireRequest>
backend::Request to_conversation(WireRequest& request) {
  backend::Request out;
  out.kind = backend::Request::Kind::kChat;
  out.model = std::move(request.model);
  out.messages = to_messages(std::move(request.messages));
  out.tools_json = std::move(request.tools_json);
  out.tool_choice = std::move(request.tool_choice);
  out.think = request.think.on;
  out.think_level = std::move(request.think.level);
  out.options = to_options(std::move(request.options));
  return out;
}

}  // namespace

backend::Request to_request(wire::ChatRequest request) {
  backend::Request out = to_shared(request);
  out.kind = backend::Request::Kind::kChat;
  out.messages = to_messages(std::move(request.messages));
  out.tools_json = std::move(request.tools_json);
  return out;
}

backend::Request to_request(wire::GenerateRequest request) {
  backend::Request out = to_shared(request);
  out.kind = backend::Request::Kind::kGenerate;
  out.prompt = std::move(request.prompt);
  out.suffix = std::move(request.suffix);
  if (!request.system.empty()) out.system = std::move(request.system);
  if (!request.template_text.empty()) out.template_text = std::move(request.template_text);
  out.context = std::move(request.context);
  out.raw = request.raw;
  return out;
}

backend::Request to_request(wire::OpenAiChatRequest request) {
  backend::Request out = to_conversation(request);
  out.format_json = std::move(request.format);
  out.logprobs = request.logprobs;
  return out;
}

backend::Request to_request(wire::CompletionRequest request) {
  backend::Request out;
  out.kind = backend::Request::Kind::kGenerate;
  out.model = std::move(request.model);
  out.logprobs = request.logprobs.has_value();
  out.suffix = std::move(request.suffix);
  out.options = to_options(std::move(request.options));
  return out;
}

backend::Request to_request(wire::ResponsesRequest request) {
  backend::Request out = to_conversation(request);
  out.format_json = std::move(request.format);
  return out;
}

backend::Request to_request(wire::AnthropicRequest request) { return to_conversation(request); }

Result<int32_t> check_top_logprobs(int64_t count) {
  constexpr int64_t kMost = 20;
  if (count < 0 || count > kMost)
    return Error{Code::kInvalidArgument, "top_logprobs must be between 0 and 20"};
  return static_cast<int32_t>(count);
}

wire::Chunk to_chunk(const backend::Piece& piece) {
  wire::Chunk chunk;
  chunk.content = piece.content;
  chunk.thinking = piece.thinking;
  chunk.tool_calls = to_tool_calls(piece.tool_calls);
  chunk.logprobs = to_logprobs(piece.logprobs);
  return chunk;
}

std::vector<wire::ToolCall> to_tool_calls(const std::vector<text::ToolCall>& calls) {
  std::vector<wire::ToolCall> out;
  out.reserve(calls.size());
  for (const text::ToolCall& call : calls) {
    out.push_back({call.id.empty() ? make_id("call_", 8) : call.id, call.name,
                   is_object(call.arguments_json) ? call.arguments_json : "{}"});
  }
  return out;
}

std::vector<wire::Logprob> to_logprobs(const std::vector<backend::TokenLogprob>& logprobs) {
  std::vector<wire::Logprob> out;
  out.reserve(logprobs.size());
  for (const backend::TokenLogprob& logprob : logprobs) {
    out.push_back({logprob.token, static_cast<double>(logprob.logprob), to_logprobs(logprob.top)});
  }
  return out;
}

wire::Metrics to_metrics(const backend::Summary& summary) {
  return {.total_ns = summary.total_ns,
          .load_ns = summary.load_ns,
          .prompt_tokens = summary.prompt_tokens,
          .cached_tokens = summary.cached_tokens,
          .prompt_ns = summary.prompt_ns,
          .answer_tokens = summary.answer_tokens,
          .answer_ns = summary.answer_ns,
          .dropped_messages = summary.dropped_messages,
          .dropped_tokens = summary.dropped_tokens};
}

wire::Usage to_usage(const backend::Summary& summary) {
  return {.prompt_tokens = summary.prompt_tokens,
          .completion_tokens = summary.answer_tokens,
          .cached_tokens = summary.cached_tokens};
}

wire::Details to_details(const backend::ModelFacts& facts, Lengths lengths) {
  const bool shown = lengths == Lengths::kShown;
  return {.parent_model = facts.parent_model,
          .format = facts.format,
          .family = facts.family,
          .families = facts.families,
          .parameter_size = facts.parameter_size,
          .quantization_level = facts.quantization_level,
          .context_length = shown ? facts.context_length : 0,
          .embedding_length = shown ? facts.embedding_length : 0};
}

std::string make_id(std::string_view prefix, size_t length) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::uniform_int_distribution<size_t> pick(0, kLetters.size() - 1);
  std::string out(prefix);
  for (size_t i = 0; i < length; ++i) out += kLetters[pick(random)];
  return out;
}

}  // namespace samovar::api
