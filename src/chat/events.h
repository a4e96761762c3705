// The lines of an answer's stream, as docs/page-api.md lists them. Pure; each ends with a newline.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace samovar::chat {

struct AnswerStats {
  double seconds = 0;              // from the request to the end
  double first_token_seconds = 0;  // from the request to the first text
  double thinking_seconds = 0;
  int64_t characters = 0;  // Unicode code points
  int64_t tokens = 0;
  double tokens_per_second = 0;
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;
  int64_t context_tokens = 0;  // prompt and answer
  int64_t context_length = 0;  // 0: not known
  int64_t unseen = 0;          // the oldest messages, that were left out of the prompt
  std::string first_seen;      // id of the first behind them; "": none was left out
  std::string reason;          // "stop" or "length"
};

[[nodiscard]] std::string encode_run_started(std::string_view run, std::string_view model);
[[nodiscard]] std::string encode_queue_place(int64_t place);
[[nodiscard]] std::string encode_model_loading();
[[nodiscard]] std::string encode_text_start();
[[nodiscard]] std::string encode_text(std::string_view text);
[[nodiscard]] std::string encode_stats_final(const AnswerStats& stats);
[[nodiscard]] std::string encode_run_stopped(const AnswerStats& stats);
[[nodiscard]] std::string encode_run_failed(const Error& error);

// The lines that only stored runs have.
struct RunBegan {
  std::string run;
  std::string chat;
  std::string model;
  std::string question_json;  // "null": none
  std::string answer_json;
};
[[nodiscard]] std::string encode_run_began(const RunBegan& run);

struct ContextUse {
  int64_t tokens = 0;  // an estimate
  int64_t length = 0;  // 0: not known
  int64_t unseen = 0;
  std::string first_seen;
};
[[nodiscard]] std::string encode_context(const ContextUse& use);
[[nodiscard]] std::string encode_queue_wait(int64_t place, int64_t wait_seconds);  // 0: not known
[[nodiscard]] std::string encode_thinking(std::string_view text);

struct RunEnd {
  std::string type;
  AnswerStats stats;
  Error error;             // of "run-failed"
  std::string save_error;  // "": it is on disk
};
[[nodiscard]] std::string encode_run_end(const RunEnd& end);

// The figures alone, as a JSON object.
[[nodiscard]] std::string encode_stats(const AnswerStats& stats);

// {"error":{"code":"not-found","message":"..."}}: the body of a refused request.
[[nodiscard]] std::string encode_error(const Error& error);

}  // namespace samovar::chat
