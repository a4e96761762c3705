// How the next token is chosen. Names and defaults are Ollama's.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace samovar::sampling {

struct Options {
  float temperature = 0.8F;     // 0: exact arg-max
  int32_t top_k = 40;           // <= 0: all
  float top_p = 0.9F;           // 1: all
  float min_p = 0.0F;           // 0: off
  float typical_p = 1.0F;       // 1: off
  float repeat_penalty = 1.0F;  // 1: off
  int32_t repeat_last_n = 64;   // tokens looked back on; -1: all; 0: off
  float presence_penalty = 0.0F;
  float frequency_penalty = 0.0F;
  int64_t seed = -1;                                  // -1: a new one each time
  std::vector<std::pair<int32_t, float>> logit_bias;  // token, what is added to its logit
};

}  // namespace samovar::sampling
