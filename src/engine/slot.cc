#include "engine/slot.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <random>

namespace samovar::engine {
namespace {

int64_t ns_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
}

uint64_t random_seed() {
  std::random_device device;
  return (uint64_t{device()} << 32U) | device();
}

}  // namespace

void Slot::start(std::shared_ptr<Generation> generation) {
  generation_ = std::move(generation);
  const GenerationRequest& request = generation_->request_;
  tokens_ = request.prompt;
  sequence_ = &cache_->take(tokens_);
  n_known_rows_ = n_logit_rows_ = 0;
  guessed_.clear();
  needs_all_ = false;
  lookup_.emplace(tokens_);
  sampler_.emplace(request.sampling, random_seed());
  if (request.grammar) {
    sampler_->constrain(std::make_unique<sampling::grammar::Constraint>(request.grammar, request.trie,
                                                                        request.grammar_after));
  }
  decoder_.emplace(*tokenizer_);
  stops_.emplace(request.stops);
  logprobs_.clear();
  stats_ = {};
  stats_.prompt_tokens = static_cast<int64_t>(tokens_.size());
  stats_.cached_tokens = static_cast<int64_t>(sequence_->tokens.size());
  started_ = std::chrono::steady_clock::now();
  generation_->listener_->on_started();
  if (request.max_tokens == 0) finish(StopReason::kLength);
}

bool Slot::answering() const {
  if (free() || n_left() != 1) return false;
  return stats_.answer_tokens > 0 || repeats();
}

// Rows of prompts and of answers are rounded differently. Where the same request must give the same text
// again, the prompt's last token is always computed as one of the answer, as it is when all before it is
// cached the second time.
bool Slot::repeats() const {
  const sampling::Options& options = generation_->request_.sampling;
  return options.seed >= 0 || options.temperature <= 0.0F;
}

void Slot::add_prompt_rows(size_t budget, std::vector<model::BatchRow>& batch) {
  n_known_rows_ = std::min(budget, repeats() ? n_left() - 1 : n_left());
  n_logit_rows_ = 0;
  guessed_.clear();
  for (size_t i = 0; i < n_known_rows_; ++i) {
    const size_t pos = sequence_->tokens.size() + i;
    const bool last = pos + 1 == tokens_.size();
    batch.push_back(
        {tokens_[pos], static_cast<int32_t>(pos), sequence_->sequence, last, model::RowKind::kPrompt});
    if (!last) continue;
    n_logit_rows_ = 1;
    set_needs(0, tokens_, batch.back());
  }
}

void Slot::set_needs(size_t i, std::span<const text::TokenId> recent, model::BatchRow& row) {
  while (needs_.size() <= i) needs_.emplace_back();
  needs_[i].n_best = 0;
  if (generation_->request_.logprobs || (needs_all_ && i == 0)) return;  // all logits
  // Every id is the model's: submit() and the sampler saw to that.
  sampler_->find_needs(recent, std::numeric_limits<size_t>::max(), needs_[i], i);
  row.n_best = needs_[i].n_best;
  row.also = needs_[i].also;
}

void Slot::add_answer_row(std::vector<model::BatchRow>& batch) {
  guessed_.clear();
  n_known_rows_ = n_logit_rows_ = 1;
  batch.push_back({tokens_.back(), static_cast<int32_t>(tokens_.size() - 1), sequence_->sequence, true,
                   model::RowKind::kAnswer});
  set_needs(0, tokens_, batch.back());
}

void Slot::add_guessed_rows(const Pace* pace, AnswerPlan& plan, std::vector<model::BatchRow>& batch) {
  const GenerationRequest& request = generation_->request_;
  size_t room = request.n_ctx - tokens_.size() - 1;
  if (request.max_tokens >= 0) {
    room = std::min(room, static_cast<size_t>(request.max_tokens - stats_.answer_tokens - 1));
  }
  const auto guess = lookup_->guess();
  size_t n = std::min(room, guess.size());
  if (pace != nullptr) {
    n = pace->choose_guess_rows(n, [this](size_t i) { return lookup_->chance(i); }, plan);
  }
  guessed_.assign(guess.begin(), guess.begin() + static_cast<std::ptrdiff_t>(n));
  std::vector<text::TokenId> recent = n > 0 ? tokens_ : std::vector<text::TokenId>();
  for (size_t i = 0; i < n; ++i) {
    recent.push_back(guess[i]);
    batch.push_back({guess[i], static_cast<int32_t>(tokens_.size() + i), sequence_->sequence, true,
                     model::RowKind::kAnswer});
    set_needs(i + 1, recent, batch.back());
  }
  n_logit_rows_ += n;
  stats_.guessed_tokens += static_cast<int64_t>(n);
}

void Slot::take_results(std::span<const float> logits) {
  const auto begin = tokens_.begin() + static_cast<std::ptrdiff_t>(sequence_->tokens.size());
  sequence_->tokens.insert(sequence_->tokens.end(), begin,
                           begin + static_cast<std::ptrdiff_t>(n_known_rows_));
  if (n_logit_rows_ == 0) return;
  const size_t n_vocab = logits.size() / n_logit_rows_;
  if (!take_logits(0, logits.first(n_vocab))) return;
  for (size_t i = 0; i < guessed_.size(); ++i) {
    const text::TokenId guess = guessed_[i];
    // What follows a guess is of use only if the guess is the token that was taken.
    if (free() || n_left() != 1 || generation_->cancelled_.load() || tokens_.back() != guess) return;
    sequence_->tokens.push_back(guess);
    ++stats_.guessed_right;
    logits = logits.subspan(n_vocab);
    if (!take_logits(i + 1, logits.first(n_vocab))) return;
  }
}

bool Slot::take_logits(size_t i, std::span<const float> logits) {
  const auto now = std::chrono::steady_clock::now();
  if (stats_.answer_tokens == 0) {
    first_token_ = now;
    stats_.prompt_ns = ns_between(started_, now);
  }
  const text::TokenId token = sampler_->sample(logits, tokens_, needs_[i]);
  needs_all_ = token == sampling::kNeedsAll;
  if (needs_all_) {
    sequence_->tokens.pop_back();
    return false;
  }
  if (token < 0) {
    fail({Code::kInternal,
          "no token of the model carries the answer on as its format asks, or "
          "there are too many ways to read what it has so far"});
    return true;
  }
  ++stats_.answer_tokens;
  if (tokenizer_->is_end_of_generation(token)) {
    finish(StopReason::kEnd);
    return true;
  }
  tokens_.push_back(token);
  lookup_->push(token);
  emit(token, logits);
  return true;
}

void Slot::emit(text::TokenId token, std::span<const float> logits) {
  const GenerationRequest& request = generation_->request_;
  if (request.logprobs) {
    const auto computed = sampling::compute_logprobs(logits, token, request.top_logprobs);
    TokenText entry = describe(computed.chosen);
    for (const auto& top : computed.top) entry.top.push_back(describe(top));
    logprobs_.push_back(std::move(entry));
  }
  std::string text = stops_->push(decoder_->push(token));
  if (!text.empty()) generation_->listener_->on_text(std::move(text), std::exchange(logprobs_, {}));
  if (stops_->stopped()) {
    finish(StopReason::kStopString);
  } else if (request.max_tokens >= 0 && stats_.answer_tokens >= request.max_tokens) {
    finish(StopReason::kLength);
  } else if (tokens_.size() >= request.n_ctx && !make_room()) {
    finish(StopReason::kLength);
  }
}

// Half of what is behind the kept beginning goes.
bool Slot::make_room() {
  const GenerationRequest& request = generation_->request_;
  if (!request.shifts || request.n_keep + 1 >= tokens_.size()) return false;
  const size_t n = (tokens_.size() - request.n_keep + 1) / 2;
  const auto first = tokens_.begin() + static_cast<std::ptrdiff_t>(request.n_keep);
  tokens_.erase(first, first + static_cast<std::ptrdiff_t>(n));
  stats_.dropped_tokens += static_cast<int64_t>(n);
  const size_t n_same = std::min({sequence_->tokens.size(), request.n_keep, tokens_.size() - 1});
  sequence_->tokens.resize(n_same);
  lookup_.emplace(tokens_);
  return true;
}

TokenText Slot::describe(const sampling::TokenLogprob& token) const {
  return {token.id, tokenizer_->token_bytes(token.id, text::Specials::kParse), token.logprob, {}};
}

void Slot::finish(StopReason reason) {
  std::string rest = stops_->push(decoder_->finish());
  rest += stops_->finish();
  if (!rest.empty() || !logprobs_.empty()) {
    generation_->listener_->on_text(std::move(rest), std::exchange(logprobs_, {}));
  }
  stats_.reason = reason;
  if (stats_.answer_tokens > 0) stats_.answer_ns = ns_between(first_token_, std::chrono::steady_clock::now());
  stats_.tokens = std::move(tokens_);
  leave();
  const auto generation = std::move(generation_);
  generation->listener_->on_done(std::move(stats_));
}

void Slot::check_ended() {
  if (generation_->cancelled_.load()) {
    fail({Code::kCancelled, "the generation was cancelled"});
  } else if (generation_->request_.deadline &&
             std::chrono::steady_clock::now() > *generation_->request_.deadline) {
    fail({Code::kTimeout,
          name_limit(generation_->request_.limit_ms) + " has passed before the answer was whole"});
  }
}

void Slot::fail(Error error) {
  // What the model wrote and is still held back belongs to the partial answer.
  std::string rest = stops_->finish();
  if (!rest.empty()) generation_->listener_->on_text(std::move(rest), std::exchange(logprobs_, {}));
  leave();
  const auto generation = std::move(generation_);
  generation->listener_->on_failed(std::move(error));
}

void Slot::leave() {
  cache_->give_back(*sequence_);
  sequence_ = nullptr;
}

}  // namespace samovar::engine
