// POST /v1/completions
#include <utility>

#include "api/choices.h"
#include "api/endpoints.h"
#include "api/errors.h"
#include "api/model_check.h"
#include "api/to_backend.h"
#include "base/utf8.h"
#include "catalog/name.h"

namespace samovar::api {
namespace {

class CompletionFormat final : public ChoicesFormat {
 public:
  struct Setup {
    wire::CompletionHead head;
    bool include_usage = false;
    size_t n_per_prompt = 1;
    std::vector<std::string> echoes;  // what each choice begins with
  };
  explicit CompletionFormat(Setup setup) : setup_(std::move(setup)), offsets_(setup_.echoes.size()) {}

  [[nodiscard]] std::string write_piece(size_t index, const backend::Piece& piece) override {
    const std::string text = std::exchange(setup_.echoes[index], {}) + piece.content;
    const int64_t offset = offsets_[index];
    offsets_[index] += static_cast<int64_t>(count_characters(text));
    return write({static_cast<int64_t>(index), text, "", to_logprobs(piece.logprobs), offset});
  }

  [[nodiscard]] std::string write_choice_end(size_t index, const backend::Summary& summary) override {
    return write({static_cast<int64_t>(index),
                  std::exchange(setup_.echoes[index], {}),
                  summary.done_reason,
                  {},
                  offsets_[index]});
  }

  [[nodiscard]] std::string write_end(const std::vector<Choice>& choices) override {
    std::string out;
    if (setup_.include_usage) {
      out = "data: " + wire::encode_completion_usage(setup_.head, sum_usage(choices, setup_.n_per_prompt)) +
            "\n\n";
    }
    return out + "data: [DONE]\n\n";
  }

  [[nodiscard]] std::string write_failure(const Error& error) override {
    return "data: " + encode_openai_failure(error) + "\n\ndata: [DONE]\n\n";
  }

  [[nodiscard]] http::Response make_whole(const std::vector<Choice>& choices) override {
    std::vector<wire::CompletionChoice> out;
    for (size_t i = 0; i < choices.size(); ++i) {
      out.push_back({static_cast<int64_t>(i), setup_.echoes[i] + choices[i].all.content,
                     choices[i].summary.done_reason, to_logprobs(choices[i].all.logprobs), 0});
    }
    return make_openai_json(
        wire::encode_completion(setup_.head, out, sum_usage(choices, setup_.n_per_prompt)));
  }

  [[nodiscard]] http::Response make_failure(const Error& error) override {
    return make_openai_error(name_missing_model(error, setup_.head.model), Origin::kRun);
  }

 private:
  [[nodiscard]] std::string write(const wire::CompletionChoice& choice) const {
    const wire::Usage none;
    return "data: " +
           wire::encode_completion_delta(setup_.head, choice, setup_.include_usage ? &none : nullptr) +
           "\n\n";
  }

  Setup setup_;
  std::vector<int64_t> offsets_;  // characters that were written of each choice
};

// A request for every answer: all of the first prompt, then of the next.
std::vector<backend::Request> list_requests(const wire::CompletionRequest& request) {
  std::vector<backend::Request> out;
  backend::Request one = to_request(request);
  one.top_logprobs = static_cast<int32_t>(request.logprobs.value_or(0));
  for (const wire::CompletionPrompt& prompt : request.prompts) {
    one.prompt = prompt.text;
    one.context = prompt.tokens;
    one.raw = !prompt.tokens.empty();
    add_repeated(out, one, request.n);
  }
  return out;
}

void handle_completion(const Context& context, const http::Request& request,
                       const std::shared_ptr<http::ResponseWriter>& writer) {
  auto parsed = wire::parse_completion_request(request.body);
  if (!parsed) return writer->send(make_openai_error(parsed.error(), Origin::kRequest));
  const std::string model = parsed->model;
  if (model.empty() || !catalog::parse_name(model)) {
    const Error error = model.empty() ? Error{Code::kNotFound, "model '' not found"}
                                      : Error{Code::kInvalidArgument, "invalid model name"};
    return writer->send(make_openai_error(error, Origin::kRun));
  }
  if (const auto checked = check_top_logprobs(parsed->logprobs.value_or(0)); !checked)
    return writer->send(
        make_openai_error({checked.error().code, "logprobs must be between 0 and 20"}, Origin::kRequest));
  ModelDemands demands;
  demands.insert = !parsed->suffix.empty();
  const auto shared = std::make_shared<wire::CompletionRequest>(std::move(*parsed));
  const Caller caller = read_caller(*context, request);
  check_model(context, model, demands, [context, shared, writer, caller](const Result<void>& checked) {
    if (!checked) return writer->send(make_openai_error(checked.error(), Origin::kRun));
    CompletionFormat::Setup setup;
    setup.head = {
        .id = make_id("cmpl-", 24), .model = shared->model, .created = to_unix_seconds(context->now_ns())};
    setup.include_usage = shared->include_usage;
    setup.n_per_prompt = static_cast<size_t>(shared->n);
    std::vector<backend::Request> requests = list_requests(*shared);
    for (const backend::Request& one : requests)
      setup.echoes.push_back(shared->echo ? one.prompt : std::string());
    const auto asked = shared->stream ? AnswerFormat::Asked::kStream : AnswerFormat::Asked::kWhole;
    run_choices(context, std::move(requests),
                {.caller = caller,
                 .writer = writer,
                 .format = std::make_unique<CompletionFormat>(std::move(setup)),
                 .asked = asked});
  });
}

}  // namespace

void add_openai_completions(http::Router& router, const Context& context) {
  router.add("POST", "/v1/completions",
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               handle_completion(context, request, writer);
             });
}

}  // namespace samovar::api
