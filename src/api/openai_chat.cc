// POST /v1/chat/completions
#include <algorithm>
#include <utility>

#include "api/answer.h"
#include "api/endpoints.h"
#include "api/errors.h"
#include "api/model_check.h"
#include "api/to_backend.h"
#include "catalog/name.h"

namespace samovar::api {
namespace {

constexpr size_t kIdLetters = 24;

std::string to_event(const std::string& json) { return "data: " + json + "\n\n"; }
constexpr auto kDone = "data: [DONE]\n\n";

class OpenAiFormat final : public AnswerFormat {
 public:
  OpenAiFormat(wire::CompletionHead head, bool include_usage)
      : head_(std::move(head)), include_usage_(include_usage) {}

  [[nodiscard]] std::string stream_type() const override { return "text/event-stream"; }

  [[nodiscard]] std::string write_piece(const backend::Piece& piece) override {
    wire::Delta delta = to_delta(piece);
    delta.first = !std::exchange(began_, true);
    return to_event(wire::encode_openai_delta(head_, delta));
  }

  [[nodiscard]] std::string write_end(const backend::Summary& summary) override {
    std::string out;
    if (!began_) out = write_piece({});  // even an empty answer says its role
    out += to_event(wire::encode_openai_finish(head_, finish_reason(summary)));
    if (include_usage_) out += to_event(wire::encode_openai_usage(head_, to_usage(summary)));
    return out += kDone;
  }

  [[nodiscard]] std::string write_failure(const Error& error) override {
    return to_event(encode_openai_failure(error)) + kDone;
  }

  [[nodiscard]] http::Response make_whole(const backend::Piece& all,
                                          const backend::Summary& summary) override {
    wire::Delta message = to_delta(all);
    message.first = true;
    return make_openai_json(
        wire::encode_openai_completion(head_, message, finish_reason(summary), to_usage(summary)));
  }

  [[nodiscard]] http::Response make_failure(const Error& error, Asked) override {
    return make_openai_error(name_missing_model(error, head_.model), Origin::kRun);
  }

 private:
  wire::Delta to_delta(const backend::Piece& piece) {
    wire::Delta delta;
    delta.content = piece.content;
    delta.reasoning = piece.thinking;
    delta.tool_calls = to_tool_calls(piece.tool_calls);
    delta.first_tool_index = n_tool_calls_;
    delta.logprobs = to_logprobs(piece.logprobs);
    n_tool_calls_ += static_cast<int64_t>(piece.tool_calls.size());
    return delta;
  }

  [[nodiscard]] std::string finish_reason(const backend::Summary& summary) const {
    if (n_tool_calls_ > 0) return "tool_calls";
    return summary.done_reason == "length" ? "length" : "stop";
  }

  wire::CompletionHead head_;
  bool include_usage_;
  bool began_ = false;
  int64_t n_tool_calls_ = 0;
};

struct OpenAiRun {
  backend::Request request;
  ModelDemands demands;
  bool include_usage = false;
  AnswerFormat::Asked asked = AnswerFormat::Asked::kWhole;
};

Result<OpenAiRun> prepare(wire::OpenAiChatRequest parsed) {
  if (parsed.model.empty()) return Error{Code::kInvalidArgument, "model is required"};
  if (!catalog::parse_name(parsed.model)) return Error{Code::kInvalidArgument, "invalid model name"};
  const auto top_logprobs = check_top_logprobs(parsed.top_logprobs);
  if (!top_logprobs) return top_logprobs.error();
  OpenAiRun run;
  run.demands.thinking = parsed.think.on.value_or(false);
  run.demands.tools = !parsed.tools_json.empty();
  run.demands.vision = std::any_of(parsed.messages.begin(), parsed.messages.end(),
                                   [](const wire::Message& message) { return message.has_images; });
  run.include_usage = parsed.include_usage;
  run.asked = parsed.stream ? AnswerFormat::Asked::kStream : AnswerFormat::Asked::kWhole;
  run.request = to_request(std::move(parsed));
  run.request.top_logprobs = *top_logprobs;
  return run;
}

void handle_chat_completion(const Context& context, const http::Request& request,
                            std::shared_ptr<http::ResponseWriter> writer) {
  auto parsed = wire::parse_openai_chat_request(request.body);
  if (!parsed) return writer->send(make_openai_error(parsed.error(), Origin::kRequest));
  auto run = prepare(*std::move(parsed));
  if (!run) return writer->send(make_openai_error(run.error(), Origin::kRun));
  const auto shared = std::make_shared<OpenAiRun>(*std::move(run));
  check_model(context, shared->request.model, shared->demands,
              [context, shared, writer = std::move(writer)](const Result<void>& checked) {
                if (!checked) return writer->send(make_openai_error(checked.error(), Origin::kRun));
                wire::CompletionHead head{.id = make_id("chatcmpl-", kIdLetters),
                                          .model = shared->request.model,
                                          .created = to_unix_seconds(context->now_ns())};
                run_generation(
                    context, std::move(shared->request),
                    {.writer = writer,
                     .format = std::make_unique<OpenAiFormat>(std::move(head), shared->include_usage),
                     .asked = shared->asked});
              });
}

}  // namespace

void add_openai_chat(http::Router& router, const Context& context) {
  router.add("POST", "/v1/chat/completions",
             [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer) {
               handle_chat_completion(context, request, std::move(writer));
             });
}

}  // namespace samovar::api
