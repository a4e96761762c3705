#include "backend/openai_run.h"

#include <algorithm>
#include <utility>

#include "backend/upstream_error.h"

namespace samovar::backend {
namespace {

constexpr size_t kMaxEventBytes = size_t{16} << 20U;
constexpr size_t kMaxFailureBytes = size_t{64} << 10U;
constexpr size_t kMaxToolCalls = 1024;

int64_t ns_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
}

bool is_silent(const Piece& piece) {
  return piece.content.empty() && piece.thinking.empty() && piece.tool_calls.empty() &&
         piece.logprobs.empty();
}

}  // namespace

OpenAiRun::OpenAiRun(std::shared_ptr<Listener> listener, std::string place)
    : listener_(std::move(listener)), place_(std::move(place)), events_(kMaxEventBytes) {}

void OpenAiRun::on_head(int status, const http::Headers& headers) {
  status_ = status;
  streamed_ = http::find_header(headers, "Content-Type").find("text/event-stream") != std::string_view::npos;
  if (status == 200) listener_->on_started();
}

bool OpenAiRun::on_body(std::string_view bytes) {
  if (ended_) return !failed_;  // what follows the end is of no interest, but the connection is
  if (status_ != 200) {
    body_.append(bytes.substr(0, kMaxFailureBytes - body_.size()));
    return body_.size() < kMaxFailureBytes;
  }
  if (!streamed_) {
    body_.append(bytes);
    if (body_.size() <= kMaxEventBytes) return true;
  } else if (events_.read(bytes, [this](std::string_view data) { return take_event(data); })) {
    return !failed_;
  }
  fail({Code::kUnavailable,
        place_ + " sent an event of more than " + std::to_string(kMaxEventBytes) + " bytes"});
  return false;
}

bool OpenAiRun::take_event(std::string_view data) {
  if (data == "[DONE]") {
    // llama-cpp-python's server ends an answer so that another request has broken off.
    if (finish_reason_.empty())
      fail({Code::kUnavailable, place_ + " broke the answer off without a reason"});
    else
      finish();
    return false;
  }
  Result<OpenAiChunk> chunk = decode_openai_chunk(data);
  if (!chunk) {
    fail({chunk.error().code, place_ + " sent a broken answer: " + chunk.error().message});
  } else if (!chunk->error.empty()) {
    fail(explain_failure(std::move(chunk->error)));
  } else {
    take_chunk(*std::move(chunk));
  }
  return !ended_;
}

void OpenAiRun::take_chunk(OpenAiChunk chunk) {
  if (chunk.usage) usage_ = chunk.usage;
  if (!is_silent(chunk.piece)) give(std::move(chunk.piece));
  take_tools(std::move(chunk.tools));
  if (chunk.finish_reason.empty()) return;
  finish_reason_ = std::move(chunk.finish_reason);
  give_tools();
}

// A call is passed on when it is whole: at the end.
void OpenAiRun::take_tools(std::vector<OpenAiToolPart> parts) {
  for (OpenAiToolPart& part : parts) {
    const auto same = std::find_if(tools_.begin(), tools_.end(),
                                   [&](const OpenAiToolPart& known) { return known.index == part.index; });
    if (same == tools_.end()) {
      if (tools_.size() < kMaxToolCalls) tools_.push_back(std::move(part));
      continue;
    }
    if (same->id.empty()) same->id = std::move(part.id);
    if (same->name.empty()) same->name = std::move(part.name);
    if (same->arguments.size() < kMaxEventBytes) same->arguments += part.arguments;
  }
}

void OpenAiRun::give_tools() {
  Piece piece;
  for (OpenAiToolPart& part : std::exchange(tools_, {})) {
    if (part.arguments.empty()) part.arguments = "{}";
    piece.tool_calls.push_back({std::move(part.id), std::move(part.name), std::move(part.arguments)});
  }
  if (!piece.tool_calls.empty()) give(std::move(piece));
}

void OpenAiRun::give(Piece piece) {
  if (n_pieces_++ == 0) first_piece_ = Clock::now();
  listener_->on_piece(std::move(piece));
}

void OpenAiRun::finish() {
  if (ended_) return;
  give_tools();
  ended_ = true;
  const Clock::time_point now = Clock::now();
  Summary summary;
  // "tool_calls", "content_filter" and the like: it stopped by itself.
  summary.done_reason = finish_reason_ == "length" ? "length" : "stop";
  summary.total_ns = ns_between(begun_, now);
  if (n_pieces_ > 0) {
    summary.prompt_ns = ns_between(begun_, first_piece_);
    summary.answer_ns = ns_between(first_piece_, now);
  }
  const OpenAiUsage usage = usage_.value_or(OpenAiUsage{.answer_tokens = n_pieces_});
  summary.prompt_tokens = usage.prompt_tokens;
  summary.cached_tokens = usage.cached_tokens;
  summary.answer_tokens = usage.answer_tokens;
  listener_->on_done(std::move(summary));
}

void OpenAiRun::on_end(Result<void> result) {
  if (ended_) return;
  // An error's body that was cut is still the best explanation there is.
  if (status_ != 0 && status_ != 200 &&
      (result || result.error().code != Code::kCancelled || !body_.empty())) {
    return fail(decode_refusal(status_, body_, place_));
  }
  if (!result) return fail(result.error());
  if (streamed_) {
    events_.end([this](std::string_view data) { return take_event(data); });
  } else {
    take_event(body_);
  }
  if (ended_) return;
  // Some servers end without "[DONE]"; one that has not said why it ended was cut off.
  if (!finish_reason_.empty()) return finish();
  fail({Code::kUnavailable, "the connection to " + place_ + " was lost in mid-answer"});
}

void OpenAiRun::fail(Error error) {
  if (ended_) return;
  ended_ = failed_ = true;
  listener_->on_failed(std::move(error));
}

}  // namespace samovar::backend
