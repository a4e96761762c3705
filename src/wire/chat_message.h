// The pieces that requests and answers of every dialect share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace samovar::wire {

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments_json;  // a JSON object
};

struct Message {
  std::string role;
  std::string content;
  std::string thinking;
  std::vector<ToolCall> tool_calls;
  std::string tool_name;
  std::string tool_call_id;
  bool has_images = false;  // checked to be base64, then dropped: no model here sees
};

// Sampling and context options; unset: the model's PARAMETER, else Ollama's default.
struct Options {
  std::optional<float> temperature, top_p, min_p, typical_p, repeat_penalty, presence_penalty,
      frequency_penalty;
  std::optional<int32_t> top_k, repeat_last_n, num_predict, num_ctx, num_keep;
  std::optional<int64_t> seed;
  std::vector<std::pair<int32_t, float>> logit_bias;  // token, what is added to its logit
  std::optional<std::vector<std::string>> stop;
  std::string grammar;  // GBNF that the answer keeps to; empty: none
  std::string regex;    // likewise a pattern
};

struct Think {
  std::optional<bool> on;  // unset: the model's default
  std::string level;       // "low", "medium", "high", "max" or empty; set only when on
};

struct Logprob {
  std::string token;
  double logprob = 0;
  std::vector<Logprob> top;
};

}  // namespace samovar::wire
