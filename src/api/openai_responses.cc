// POST /v1/responses
#include <algorithm>
#include <utility>

#include "api/answer.h"
#include "api/endpoints.h"
#include "api/errors.h"
#include "api/model_check.h"
#include "api/to_backend.h"
#include "catalog/name.h"
#include "wire/json_writer.h"
#include "wire/responses_response.h"

namespace samovar::api {
namespace {

using wire::MemberOrder;

constexpr size_t kResponseIdLetters = 24;

class ResponsesFormat final : public AnswerFormat {
 public:
  ResponsesFormat(Context context, wire::ResponsesRequest request)
      : context_(std::move(context)), request_(std::move(request)) {
    state_.id = make_id("resp_", kResponseIdLetters);
    state_.created = to_unix_seconds(context_->now_ns());
    state_.status = "in_progress";
  }

  [[nodiscard]] std::string stream_type() const override { return "text/event-stream"; }

  [[nodiscard]] std::string write_piece(const backend::Piece& piece) override {
    std::string out = begin();
    if (!piece.thinking.empty()) out += write_thinking(piece.thinking);
    if (!piece.content.empty()) out += write_text(piece.content);
    for (const wire::ToolCall& call : to_tool_calls(piece.tool_calls)) out += write_call(call);
    return out;
  }

  [[nodiscard]] std::string write_end(const backend::Summary& summary) override {
    std::string out = begin();
    out += close_item();
    finish(summary);
    return out + write_whole("response." + state_.status);
  }

  [[nodiscard]] std::string write_failure(const Error& error) override {
    std::string out = begin() + close_item();
    state_.status = "failed";
    state_.error_json = R"({"code":"server_error","message":)" + wire::to_json_string(error.message) + "}";
    return out + write_whole("response.failed");
  }

  [[nodiscard]] http::Response make_whole(const backend::Piece& all,
                                          const backend::Summary& summary) override {
    if (!all.thinking.empty()) {
      state_.output.push_back(
          wire::encode_reasoning_item("rs_" + suffix(), all.thinking, MemberOrder::kGiven));
    }
    if (!all.content.empty() || all.tool_calls.empty()) {
      state_.output.push_back(wire::encode_message_item("msg_" + suffix(), all.content, MemberOrder::kGiven));
    }
    for (const wire::ToolCall& call : to_tool_calls(all.tool_calls)) {
      state_.output.push_back(
          wire::encode_call_item("fc_" + suffix(), call, "completed", MemberOrder::kGiven));
    }
    finish(summary);
    return make_openai_json(wire::encode_response(request_, state_, MemberOrder::kGiven));
  }

  [[nodiscard]] http::Response make_failure(const Error& error, Asked) override {
    return make_openai_error(name_missing_model(error, request_.model), Origin::kRun);
  }

 private:
  enum class Open { kNothing, kThinking, kText };

  static std::string suffix() { return make_id("", kResponseIdLetters); }

  std::string event(std::string_view type, wire::Members members) {
    return wire::encode_response_event(type, sequence_++, std::move(members));
  }

  std::string write_whole(std::string_view type) {
    return event(type, {{"response", wire::encode_response(request_, state_, MemberOrder::kByName)}});
  }

  std::string begin() {
    if (std::exchange(began_, true)) return {};
    std::string out = write_whole("response.created");
    return out + write_whole("response.in_progress");
  }

  [[nodiscard]] std::string index() const { return std::to_string(state_.output.size()); }

  // Members of an event about the open item.
  [[nodiscard]] wire::Members of_item(wire::Members more) const {
    more.emplace_back("item_id", wire::to_json_string(item_id_));
    more.emplace_back("output_index", index());
    more.emplace_back(open_ == Open::kThinking ? "summary_index" : "content_index", "0");
    return more;
  }

  std::string write_thinking(const std::string& text) {
    std::string out;
    if (open_ != Open::kThinking) {
      out += close_item();
      open_ = Open::kThinking;
      item_id_ = "rs_" + suffix();
      out += event("response.output_item.added",
                   {{"item", wire::encode_opened_reasoning_item(item_id_)}, {"output_index", index()}});
    }
    text_ += text;
    return out +
           event("response.reasoning_summary_text.delta", of_item({{"delta", wire::to_json_string(text)}}));
  }

  std::string write_text(const std::string& text) {
    std::string out;
    if (open_ != Open::kText) {
      out += close_item();
      open_ = Open::kText;
      item_id_ = "msg_" + suffix();
      out += event("response.output_item.added",
                   {{"item", wire::encode_opened_message_item(item_id_)}, {"output_index", index()}});
      out += event("response.content_part.added",
                   of_item({{"part", wire::encode_text_part("", MemberOrder::kByName)}}));
    }
    text_ += text;
    return out + event("response.output_text.delta",
                       of_item({{"delta", wire::to_json_string(text)}, {"logprobs", "[]"}}));
  }

  std::string write_call(const wire::ToolCall& call) {
    std::string out = close_item();
    item_id_ = "fc_" + suffix();
    const std::string arguments = wire::to_json_string(call.arguments_json);
    const wire::Members about = {{"item_id", wire::to_json_string(item_id_)}, {"output_index", index()}};
    const auto with = [&about](const char* name, const std::string& json) {
      wire::Members all = about;
      all.emplace_back(name, json);
      return all;
    };
    const std::string done = wire::encode_call_item(item_id_, call, "completed", MemberOrder::kByName);
    out += event("response.output_item.added",
                 {{"item", wire::encode_call_item(item_id_, call, "in_progress", MemberOrder::kByName)},
                  {"output_index", index()}});
    out += event("response.function_call_arguments.delta", with("delta", arguments));
    out += event("response.function_call_arguments.done", with("arguments", arguments));
    out += event("response.output_item.done", {{"item", done}, {"output_index", index()}});
    state_.output.push_back(done);
    return out;
  }

  std::string close_item() {
    if (open_ == Open::kNothing) return {};
    std::string out;
    std::string item;
    const std::string text = wire::to_json_string(text_);
    if (open_ == Open::kThinking) {
      out += event("response.reasoning_summary_text.done", of_item({{"text", text}}));
      item = wire::encode_reasoning_item(item_id_, text_, MemberOrder::kByName);
    } else {
      out += event("response.output_text.done", of_item({{"text", text}, {"logprobs", "[]"}}));
      out += event("response.content_part.done",
                   of_item({{"part", wire::encode_text_part(text_, MemberOrder::kByName)}}));
      item = wire::encode_message_item(item_id_, text_, MemberOrder::kByName);
    }
    out += event("response.output_item.done", {{"item", item}, {"output_index", index()}});
    state_.output.push_back(std::move(item));
    text_.clear();
    open_ = Open::kNothing;
    return out;
  }

  void finish(const backend::Summary& summary) {
    state_.status = summary.done_reason == "length" ? "incomplete" : "completed";
    state_.completed = to_unix_seconds(context_->now_ns());
    state_.usage = to_usage(summary);
  }

  Context context_;
  wire::ResponsesRequest request_;
  wire::ResponseState state_;
  Open open_ = Open::kNothing;
  std::string item_id_;
  std::string text_;  // of the open item
  int64_t sequence_ = 0;
  bool began_ = false;
};

void handle_responses(const Context& context, const http::Request& request,
                      const std::shared_ptr<http::ResponseWriter>& writer) {
  auto parsed = wire::parse_responses_request(request.body);
  if (!parsed) return writer->send(make_openai_error(parsed.error(), Origin::kRequest));
  if (parsed->model.empty() || !catalog::parse_name(parsed->model)) {
    const char* what = parsed->model.empty() ? "model is required" : "invalid model name";
    return writer->send(make_openai_error({Code::kInvalidArgument, what}, Origin::kRun));
  }
  ModelDemands demands;
  demands.thinking = parsed->think.on.value_or(false);
  demands.tools = !parsed->tools_json.empty();
  demands.vision = std::any_of(parsed->messages.begin(), parsed->messages.end(),
                               [](const wire::Message& message) { return message.has_images; });
  const auto shared = std::make_shared<wire::ResponsesRequest>(std::move(*parsed));
  const Caller caller = read_caller(*context, request);
  check_model(
      context, shared->model, demands, [context, shared, writer, caller](const Result<void>& checked) {
        if (!checked) return writer->send(make_openai_error(checked.error(), Origin::kRun));
        const auto asked = shared->stream ? AnswerFormat::Asked::kStream : AnswerFormat::Asked::kWhole;
        backend::Request asks = to_request(*shared);
        run_generation(context, std::move(asks),
                       {.caller = caller,
                        .writer = writer,
                        .format = std::make_unique<ResponsesFormat>(context, std::move(*shared)),
                        .asked = asked});
      });
}

}  // namespace

void add_openai_responses(http::Router& router, const Context& context) {
  router.add("POST", "/v1/responses",
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               handle_responses(context, request, writer);
             });
}

}  // namespace samovar::api
