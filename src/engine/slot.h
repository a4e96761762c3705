// A generation under way and its place in the cache. Engine thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "engine/lookup.h"
#include "engine/pace.h"
#include "engine/prefix_cache.h"
#include "sampling/sampler.h"
#include "sampling/stop_matcher.h"
#include "text/stream_decoder.h"

namespace samovar::engine {

class Slot {
 public:
  // Both are borrowed.
  Slot(const text::Tokenizer& tokenizer, PrefixCache& cache) : tokenizer_(&tokenizer), cache_(&cache) {}

  [[nodiscard]] bool free() const { return generation_ == nullptr; }
  // Precondition: not free.
  [[nodiscard]] const std::string& client() const { return generation_->request_.client; }
  // Whether the next pass computes one token and gives logits: of an answer, or the last of a prompt where
  // that is computed alone.
  [[nodiscard]] bool answering() const;

  // Precondition: free; the cache has a sequence that is not in use.
  void start(std::shared_ptr<Generation> generation);

  // Adds at most `budget` rows of the prompt to the next pass. Precondition: not answering.
  void add_prompt_rows(size_t budget, std::vector<model::BatchRow>& batch);
  // Adds the next token of the answer. Precondition: answering.
  void add_answer_row(std::vector<model::BatchRow>& batch);
  // Adds tokens guessed to follow it: as many as pay in the pass planned so far, or all when `pace` is null.
  void add_guessed_rows(const Pace* pace, AnswerPlan& plan, std::vector<model::BatchRow>& batch);

  // Notes that the rows were computed and takes tokens from their logits, [n_vocab] each of those that want
  // them, as long as the tokens are those guessed.
  void take_results(std::span<const float> logits);
  // Rows of the pass under way that want logits.
  [[nodiscard]] size_t n_logit_rows() const { return n_logit_rows_; }

  // Ends the generation when it was cancelled or its deadline passed.
  void check_ended();
  void fail(Error error);

 private:
  [[nodiscard]] size_t n_left() const { return tokens_.size() - sequence_->tokens.size(); }
  // Whether the request asks for the same text every time: a seed, or greedy sampling.
  [[nodiscard]] bool repeats() const;
  // Takes the next token from `logits` [n_vocab], row `i` of the pass, and tells the listener. False when the
  // sampler must see all of them: the pass's token is computed again.
  bool take_logits(size_t i, std::span<const float> logits);
  void leave();
  // Sets what the sampler needs of the row's logits: number `i` of the pass, behind `recent`, of which the
  // last `i` tokens are guesses.
  void set_needs(size_t i, std::span<const text::TokenId> recent, model::BatchRow& row);
  void emit(text::TokenId token, std::span<const float> logits);
  [[nodiscard]] bool make_room();
  void finish(StopReason reason);
  [[nodiscard]] TokenText describe(const sampling::TokenLogprob& token) const;

  const text::Tokenizer* tokenizer_;  // borrowed
  PrefixCache* cache_;                // borrowed

  std::shared_ptr<Generation> generation_;  // null: free
  CachedSequence* sequence_ = nullptr;      // of cache_, while not free
  std::vector<text::TokenId>
      tokens_;               // prompt and answer so far; those the sequence lacks are to be computed
  size_t n_known_rows_ = 0;  // rows of the pass under way that are in tokens_
  size_t n_logit_rows_ = 0;  // ... that give logits: the last known one, and those guessed
  std::vector<text::TokenId> guessed_;  // rows behind the last known one
  std::optional<Lookup> lookup_;        // not for answers of which every token is a pass of its own
  std::optional<sampling::Sampler> sampler_;
  std::deque<sampling::Needs> needs_;  // of the rows that want logits; rows of the pass point into it
  bool needs_all_ = false;             // of the next pass's first such row
  std::optional<text::StreamDecoder> decoder_;
  std::optional<sampling::StopMatcher> stops_;
  std::vector<TokenText> logprobs_;  // of tokens whose text is held back
  GenerationStats stats_;
  SteadyTime started_;
  SteadyTime first_token_;
};

}  // namespace samovar::engine
