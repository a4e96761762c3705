// A place in the cache and the generation that sits on it. Engine thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "sampling/sampler.h"
#include "sampling/stop_matcher.h"
#include "text/stream_decoder.h"

namespace samovar::engine {

class Slot {
 public:
  Slot(uint32_t sequence, const text::Tokenizer& tokenizer) : sequence_(sequence), tokenizer_(&tokenizer) {}

  [[nodiscard]] bool free() const { return generation_ == nullptr; }
  [[nodiscard]] bool answering() const { return !free() && n_prompt_left() == 0; }
  // Tokens at the beginning of `prompt` whose keys and values are here already.
  [[nodiscard]] size_t common_prefix(std::span<const text::TokenId> prompt) const;
  [[nodiscard]] uint64_t last_used() const { return last_used_; }

  void start(std::shared_ptr<Generation> generation, uint64_t now);

  // Adds this slot's rows of the next pass: one token of an answer, or at most `budget` of the prompt.
  void add_rows(size_t budget, std::vector<model::BatchRow>& batch);
  // Notes that the rows were computed. True when the pass gives this slot logits.
  bool finish_rows();
  // Takes the next token from `logits` [n_vocab] and tells the listener.
  void take_logits(std::span<const float> logits);

  // Ends the generation when it was cancelled or its deadline passed.
  void check_ended();
  void fail(Error error);

 private:
  [[nodiscard]] size_t n_prompt_left() const;
  // Whether the request asks for the same text every time: a seed, or greedy sampling.
  [[nodiscard]] bool repeats() const;
  void emit(text::TokenId token, std::span<const float> logits);
  void finish(StopReason reason);
  [[nodiscard]] TokenText describe(const sampling::TokenLogprob& token) const;

  uint32_t sequence_;
  const text::Tokenizer* tokenizer_;   // borrowed
  std::vector<text::TokenId> cached_;  // tokens in the cache, by position
  uint64_t last_used_ = 0;

  std::shared_ptr<Generation> generation_;  // null: free
  std::vector<text::TokenId> tokens_;  // prompt and answer so far; those behind cached_ are to be computed
  size_t n_new_ = 0;                   // rows of the pass under way
  std::optional<sampling::Sampler> sampler_;
  std::optional<text::StreamDecoder> decoder_;
  std::optional<sampling::StopMatcher> stops_;
  std::vector<TokenText> logprobs_;  // of tokens whose text is held back
  GenerationStats stats_;
  SteadyTime started_;
  SteadyTime first_token_;
};

}  // namespace samovar::engine
