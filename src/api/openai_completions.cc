// POST /v1/completions
#include <utility>

#include "api/answer.h"
#include "api/endpoints.h"
#include "api/errors.h"
#include "api/model_check.h"
#include "api/to_backend.h"
#include "catalog/name.h"

namespace samovar::api {
namespace {

class CompletionFormat final : public AnswerFormat {
 public:
  struct Setup {
    wire::CompletionHead head;
    bool include_usage = false;
    std::string echo;  // what the answer begins with
  };
  explicit CompletionFormat(Setup setup) : setup_(std::move(setup)) {}

  [[nodiscard]] std::string stream_type() const override { return "text/event-stream"; }

  [[nodiscard]] std::string write_piece(const backend::Piece& piece) override {
    return write_text(std::exchange(setup_.echo, {}) + piece.content, "");
  }

  [[nodiscard]] std::string write_end(const backend::Summary& summary) override {
    std::string out = write_text(std::exchange(setup_.echo, {}), finish_reason(summary));
    if (setup_.include_usage) {
      out += "data: " + wire::encode_completion_usage(setup_.head, to_usage(summary)) + "\n\n";
    }
    return out + "data: [DONE]\n\n";
  }

  [[nodiscard]] std::string write_failure(const Error& error) override {
    return "data: " + encode_openai_failure(error) + "\n\ndata: [DONE]\n\n";
  }

  [[nodiscard]] http::Response make_whole(const backend::Piece& all,
                                          const backend::Summary& summary) override {
    return make_openai_json(wire::encode_completion(setup_.head, setup_.echo + all.content,
                                                    finish_reason(summary), to_usage(summary)));
  }

  [[nodiscard]] http::Response make_failure(const Error& error, Asked) override {
    return make_openai_error(name_missing_model(error, setup_.head.model), Origin::kRun);
  }

 private:
  [[nodiscard]] std::string write_text(std::string_view text, std::string_view finish) const {
    const wire::Usage none;
    return "data: " +
           wire::encode_completion_delta(setup_.head, text, finish, setup_.include_usage ? &none : nullptr) +
           "\n\n";
  }

  static std::string finish_reason(const backend::Summary& summary) { return summary.done_reason; }

  Setup setup_;
};

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
  ModelDemands demands;
  demands.insert = !parsed->suffix.empty();
  const auto shared = std::make_shared<wire::CompletionRequest>(std::move(*parsed));
  check_model(context, model, demands, [context, shared, writer](const Result<void>& checked) {
    if (!checked) return writer->send(make_openai_error(checked.error(), Origin::kRun));
    CompletionFormat::Setup setup;
    setup.head = {
        .id = make_id("cmpl-", 24), .model = shared->model, .created = to_unix_seconds(context->now_ns())};
    setup.include_usage = shared->include_usage;
    if (shared->echo) setup.echo = shared->prompt;
    const auto asked = shared->stream ? AnswerFormat::Asked::kStream : AnswerFormat::Asked::kWhole;
    run_generation(
        context, to_request(std::move(*shared)),
        {.writer = writer, .format = std::make_unique<CompletionFormat>(std::move(setup)), .asked = asked});
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
