// Logits -> token. Pure but for its own random state: the same options, seed and logits give the same
// tokens. One sampler belongs to one generation; not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sampling/options.h"

namespace samovar::sampling {

using TokenId = int32_t;

struct TokenLogprob {
  TokenId id = -1;
  float logprob = 0.0F;  // natural logarithm of the softmax of the raw logits (temperature 1, no penalties)
};

class Sampler {
 public:
  // `random_seed` is used when options.seed is -1.
  Sampler(const Options& options, uint64_t random_seed);

  // The next token. `logits`: [n_vocab], left as they are. `recent`: prompt and answer so far, newest last.
  // NaN counts as -infinity; ties go to the lowest id.
  [[nodiscard]] TokenId sample(std::span<const float> logits, std::span<const TokenId> recent);

 private:
  Options options_;
  uint64_t state_[4];                             // xoshiro256**
  struct Candidate { TokenId id; float logit; float probability; };
  std::vector<Candidate> candidates_;             // scratch, reused
};

// The log-probability of `chosen`, and of the `n_top` likeliest tokens, likeliest first.
struct Logprobs {
  TokenLogprob chosen;
  std::vector<TokenLogprob> top;
};
[[nodiscard]] Logprobs compute_logprobs(std::span<const float> logits, TokenId chosen, size_t n_top);

}  // namespace samovar::sampling
