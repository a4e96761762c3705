// POST /v1/chat/completions
#include <algorithm>
#include <utility>

#include "api/choices.h"
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

class OpenAiFormat final : public ChoicesFormat {
 public:
  OpenAiFormat(wire::CompletionHead head, bool include_usage, int64_t n)
      : head_(std::move(head)), include_usage_(include_usage), progress_(static_cast<size_t>(n)) {}

  [[nodiscard]] std::string write_piece(size_t index, const backend::Piece& piece) override {
    wire::Delta delta = to_delta(index, piece);
    delta.first = !std::exchange(progress_[index].began, true);
    return to_event(wire::encode_openai_delta(head_, delta));
  }

  [[nodiscard]] std::string write_choice_end(size_t index, const backend::Summary& summary) override {
    std::string out;
    if (!progress_[index].began) out = write_piece(index, {});  // even an empty answer says its role
    return out + to_event(wire::encode_openai_finish(head_, static_cast<int64_t>(index),
                                                     finish_reason(index, summary)));
  }

  [[nodiscard]] std::string write_end(const std::vector<Choice>& choices) override {
    std::string out;
    if (include_usage_) out = to_event(wire::encode_openai_usage(head_, sum_usage(choices, choices.size())));
    return out += kDone;
  }

  [[nodiscard]] std::string write_failure(const Error& error) override {
    return to_event(encode_openai_failure(error)) + kDone;
  }

  [[nodiscard]] http::Response make_whole(const std::vector<Choice>& choices) override {
    std::vector<wire::OpenAiChoice> out;
    for (size_t i = 0; i < choices.size(); ++i) {
      wire::Delta message = to_delta(i, choices[i].all);
      message.first = true;
      out.push_back({std::move(message), finish_reason(i, choices[i].summary)});
    }
    return make_openai_json(wire::encode_openai_completion(head_, out, sum_usage(choices, choices.size())));
  }

  [[nodiscard]] http::Response make_failure(const Error& error) override {
    return make_openai_error(name_missing_model(error, head_.model), Origin::kRun);
  }

 private:
  struct Progress {
    bool began = false;
    int64_t n_tool_calls = 0;
  };

  wire::Delta to_delta(size_t index, const backend::Piece& piece) {
    Progress& progress = progress_[index];
    wire::Delta delta;
    delta.index = static_cast<int64_t>(index);
    delta.content = piece.content;
    delta.reasoning = piece.thinking;
    delta.tool_calls = to_tool_calls(piece.tool_calls);
    delta.first_tool_index = progress.n_tool_calls;
    delta.logprobs = to_logprobs(piece.logprobs);
    progress.n_tool_calls += static_cast<int64_t>(piece.tool_calls.size());
    return delta;
  }

  [[nodiscard]] std::string finish_reason(size_t index, const backend::Summary& summary) const {
    if (progress_[index].n_tool_calls > 0) return "tool_calls";
    return summary.done_reason == "length" ? "length" : "stop";
  }

  wire::CompletionHead head_;
  bool include_usage_;
  std::vector<Progress> progress_;  // of each choice
};

struct OpenAiRun {
  backend::Request request;
  int64_t n = 1;
  ModelDemands demands;
  bool include_usage = false;
  AnswerFormat::Asked asked = AnswerFormat::Asked::kWhole;
  Caller caller;
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
  run.n = parsed.n;
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
  run->caller = read_caller(*context, request);
  const auto shared = std::make_shared<OpenAiRun>(*std::move(run));
  check_model(context, shared->request.model, shared->demands,
              [context, shared, writer = std::move(writer)](const Result<void>& checked) {
                if (!checked) return writer->send(make_openai_error(checked.error(), Origin::kRun));
                wire::CompletionHead head{.id = make_id("chatcmpl-", kIdLetters),
                                          .model = shared->request.model,
                                          .created = to_unix_seconds(context->now_ns())};
                std::vector<backend::Request> requests;
                add_repeated(requests, shared->request, shared->n);
                run_choices(context, std::move(requests),
                            {.caller = shared->caller,
                             .writer = writer,
                             .format = std::make_unique<OpenAiFormat>(std::move(head), shared->include_usage,
                                                                      shared->n),
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
