// Logits -> token. Pure but for its own random state: the same options, seed and logits give the same
// tokens. One sampler belongs to one generation; not thread-safe.
//
// Order of the steps, llama.cpp's default: bias, penalties, constraint, top_k, typical_p, top_p, min_p,
// temperature, draw. Penalties as there: a logit above 0 is divided by repeat_penalty, others are multiplied;
// then count * frequency_penalty + presence_penalty is taken off.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sampling/grammar/constraint.h"
#include "sampling/options.h"
#include "sampling/random.h"
#include "sampling/selection.h"

namespace samovar::sampling {

using TokenId = int32_t;

// What sample() will look at: computing the others can be left out (they may be -infinity instead).
struct Needs {
  size_t n_best = 0;          // the largest n_best logits and all equal to the last of them; 0: all logits
  std::vector<TokenId> also;  // and those of these tokens, each once, in the vocabulary
};

// What sample() answers when it must see all logits. It may be asked again with them.
inline constexpr TokenId kNeedsAll = -2;

class Sampler {
 public:
  // `random_seed` is used when options.seed is -1.
  Sampler(const Options& options, uint64_t random_seed);

  // The next token. `logits`: [n_vocab], left as they are. `recent`: prompt and answer so far, newest last;
  // ids outside the vocabulary in it are passed over. NaN counts as -infinity; ties go to the lowest id.
  // -1 for empty logits, or when no token fits the constraint. Each call is one token further on in it.
  // `met`: the needs that the logits meet. With a constraint that may not be enough (kNeedsAll; nothing is
  // taken then): which of the likeliest fit is seen only here.
  [[nodiscard]] TokenId sample(std::span<const float> logits, std::span<const TokenId> recent,
                               const Needs& met = {});

  // The needs of the next sample() with the same `recent` and n_vocab logits, into `needs`. The token is the
  // same with them met as with all logits. The last `n_ahead` tokens of `recent` were not taken yet: they are
  // guesses.
  void find_needs(std::span<const TokenId> recent, size_t n_vocab, Needs& needs, size_t n_ahead = 0);

  // From now on only tokens that the constraint lets through.
  void constrain(std::unique_ptr<grammar::Constraint> constraint) { constraint_ = std::move(constraint); }

 private:
  TokenId choose(std::span<const float> scores);
  TokenId choose_constrained(std::span<const float> scores, const Needs& met);
  TokenId choose_among(std::span<const float> scores, const std::vector<TokenId>& allowed);
  // The `k` likeliest of those that may come, into candidates_. False when they were not among the likeliest
  // of all, so that every token has to be looked at.
  bool select_allowed(std::span<const float> scores, size_t k);
  TokenId filter_and_draw();
  void fill_window(std::span<const TokenId> recent);
  std::span<const float> apply_penalties(std::span<const float> logits, std::span<const TokenId> recent);
  [[nodiscard]] TokenId draw();

  Options options_;
  Random random_;
  std::vector<Candidate> candidates_;                // scratch, reused
  std::vector<float> penalised_;                     // scratch: [n_vocab]
  std::vector<float> maxima_;                        // scratch
  std::vector<float> masked_;                        // scratch: [n_vocab]
  std::vector<TokenId> window_;                      // scratch: the last repeat_last_n ids, sorted
  std::unique_ptr<grammar::Constraint> constraint_;  // may be null
};

struct TokenLogprob {
  TokenId id = -1;
  float logprob = 0.0F;  // natural logarithm of the softmax of the raw logits (temperature 1, no penalties)
};

// The log-probability of `chosen`, and of the `n_top` likeliest tokens, likeliest first. An impossible
// token gets the lowest finite float.
struct Logprobs {
  TokenLogprob chosen;
  std::vector<TokenLogprob> top;
};
[[nodiscard]] Logprobs compute_logprobs(std::span<const float> logits, TokenId chosen, size_t n_top);

}  // namespace samovar::sampling
