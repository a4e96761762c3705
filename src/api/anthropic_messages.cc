// POST /v1/messages, POST /v1/messages/count_tokens
#include <algorithm>
#include <utility>

#include "api/answer.h"
#include "api/endpoints.h"
#include "api/errors.h"
#include "api/model_check.h"
#include "api/to_backend.h"
#include "catalog/name.h"
#include "wire/anthropic_response.h"
#include "wire/status.h"

namespace samovar::api {
namespace {

constexpr size_t kAnthropicIdLetters = 24;
constexpr size_t kBytesPerToken = 4;  // a guess, for the count at a stream's beginning

std::string_view anthropic_type(int status) {
  if (status == 404) return "not_found_error";
  if (status == 503) return "overloaded_error";
  return status < 500 && status != 499 ? "invalid_request_error" : "api_error";
}

std::string encode_anthropic_failure(const Error& error) {
  return wire::encode_anthropic_error(anthropic_type(wire::http_status(error.code)), error.message,
                                      make_id("req_", kAnthropicIdLetters));
}

http::Response make_anthropic_error(const Error& error, Origin origin) {
  http::Response response = make_openai_error(error, origin);  // its status, types and headers
  response.body = encode_anthropic_failure(error) + (origin == Origin::kRun ? "\n" : "");
  return response;
}

class AnthropicFormat final : public AnswerFormat {
 public:
  explicit AnthropicFormat(wire::AnthropicMessage head) : head_(std::move(head)) {}

  [[nodiscard]] std::string stream_type() const override { return "text/event-stream"; }

  [[nodiscard]] std::string write_piece(const backend::Piece& piece) override {
    std::string out = begin();
    out += write_block(wire::BlockKind::kThinking, piece.thinking);
    out += write_block(wire::BlockKind::kText, piece.content);
    for (const wire::ToolCall& call : to_tool_calls(piece.tool_calls)) {
      out += close_block();
      out += wire::encode_tool_block(index_++, call);
      has_calls_ = true;
    }
    return out;
  }

  [[nodiscard]] std::string write_end(const backend::Summary& summary) override {
    return begin() + close_block() +
           wire::encode_message_end(stop_reason(summary), to_anthropic_usage(summary));
  }

  [[nodiscard]] std::string write_failure(const Error& error) override {
    return wire::encode_error_event(encode_anthropic_failure(error));
  }

  [[nodiscard]] http::Response make_whole(const backend::Piece& all,
                                          const backend::Summary& summary) override {
    has_calls_ = !all.tool_calls.empty();
    wire::AnthropicMessage message = head_;
    message.thinking = all.thinking;
    message.text = all.content;
    message.tool_calls = to_tool_calls(all.tool_calls);
    message.stop_reason = stop_reason(summary);
    message.usage = to_anthropic_usage(summary);
    return make_openai_json(wire::encode_anthropic_message(message));
  }

  [[nodiscard]] http::Response make_failure(const Error& error, Asked) override {
    return make_anthropic_error(name_missing_model(error, head_.model), Origin::kRun);
  }

 private:
  static wire::AnthropicUsage to_anthropic_usage(const backend::Summary& summary) {
    return {.input_tokens = summary.prompt_tokens,
            .output_tokens = summary.answer_tokens,
            .cached_tokens = summary.cached_tokens};
  }

  [[nodiscard]] std::string stop_reason(const backend::Summary& summary) const {
    if (has_calls_) return "tool_use";
    return summary.done_reason == "length" ? "max_tokens" : "end_turn";
  }

  std::string begin() {
    return std::exchange(began_, true) ? std::string() : wire::encode_message_start(head_);
  }

  std::string write_block(wire::BlockKind kind, const std::string& text) {
    if (text.empty()) return {};
    std::string out;
    if (open_ != kind) {
      out = close_block() + wire::encode_block_start(index_, kind);
      open_ = kind;
    }
    return out + wire::encode_block_delta(index_, kind, text);
  }

  std::string close_block() {
    if (!open_) return {};
    open_.reset();
    return wire::encode_block_stop(index_++);
  }

  wire::AnthropicMessage head_;
  std::optional<wire::BlockKind> open_;
  int64_t index_ = 0;
  bool began_ = false;
  bool has_calls_ = false;
};

int64_t guess_tokens(const wire::AnthropicRequest& request) {
  size_t bytes = request.tools_json.size();
  for (const wire::Message& message : request.messages) bytes += message.content.size();
  return std::max<int64_t>(1, static_cast<int64_t>(bytes / kBytesPerToken));
}

// Thinking is not asked of the model here: clients turn it on for every model.
ModelDemands anthropic_demands(const wire::AnthropicRequest& request) {
  ModelDemands demands;
  demands.tools = !request.tools_json.empty();
  demands.vision = std::any_of(request.messages.begin(), request.messages.end(),
                               [](const wire::Message& message) { return message.has_images; });
  return demands;
}

Result<wire::AnthropicRequest> read_messages(const std::string& body, wire::AnthropicUse use) {
  auto parsed = wire::parse_anthropic_request(body, use);
  if (parsed && !catalog::parse_name(parsed->model))
    return Error{Code::kInvalidArgument, "invalid model name"};
  return parsed;
}

void handle_messages(const Context& context, const http::Request& request,
                     const std::shared_ptr<http::ResponseWriter>& writer) {
  auto parsed = read_messages(request.body, wire::AnthropicUse::kAnswer);
  if (!parsed) return writer->send(make_anthropic_error(parsed.error(), Origin::kRequest));
  const ModelDemands demands = anthropic_demands(*parsed);
  const auto shared = std::make_shared<wire::AnthropicRequest>(std::move(*parsed));
  const Caller caller = read_caller(*context, request);
  check_model(
      context, shared->model, demands, [context, shared, writer, caller](const Result<void>& checked) {
        if (!checked) return writer->send(make_anthropic_error(checked.error(), Origin::kRun));
        wire::AnthropicMessage head;
        head.id = make_id("msg_", kAnthropicIdLetters);
        head.model = shared->model;
        head.usage.input_tokens = guess_tokens(*shared);
        const auto asked = shared->stream ? AnswerFormat::Asked::kStream : AnswerFormat::Asked::kWhole;
        run_generation(context, to_request(std::move(*shared)),
                       {.caller = caller,
                        .writer = writer,
                        .format = std::make_unique<AnthropicFormat>(std::move(head)),
                        .asked = asked});
      });
}

void handle_count(const Context& context, const http::Request& request,
                  const std::shared_ptr<http::ResponseWriter>& writer) {
  auto parsed = read_messages(request.body, wire::AnthropicUse::kCount);
  if (!parsed) return writer->send(make_anthropic_error(parsed.error(), Origin::kRequest));
  const std::string model = parsed->model;
  context->backend->count_tokens(
      to_request(std::move(*parsed)), [writer, model](const Result<int64_t>& count) {
        if (!count)
          return writer->send(make_anthropic_error(name_missing_model(count.error(), model), Origin::kRun));
        writer->send(make_openai_json("{\"input_tokens\":" + std::to_string(*count) + "}"));
      });
}

}  // namespace

void add_anthropic_messages(http::Router& router, const Context& context) {
  router.add("POST", "/v1/messages",
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               handle_messages(context, request, writer);
             });
  router.add("POST", "/v1/messages/count_tokens",
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               handle_count(context, request, writer);
             });
}

}  // namespace samovar::api
