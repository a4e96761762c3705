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
  int64_t characters = 0;          // Unicode code points
  int64_t tokens = 0;
  double tokens_per_second = 0;
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;
  int64_t context_tokens = 0;  // prompt and answer
  int64_t context_length = 0;  // 0: not known
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

// {"error":{"code":"not-found","message":"..."}}: the body of a refused request.
[[nodiscard]] std::string encode_error(const Error& error);

// Unicode code points of valid UTF-8.
[[nodiscard]] int64_t count_characters(std::string_view text);

}  // namespace samovar::chat
