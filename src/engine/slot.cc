#include "engine/slot.h"

#include <algorithm>
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

size_t Slot::common_prefix(std::span<const text::TokenId> prompt) const {
  const size_t n = std::min(cached_.size(), prompt.size());
  const auto [a, b] =
      std::mismatch(cached_.begin(), cached_.begin() + static_cast<std::ptrdiff_t>(n), prompt.begin());
  return static_cast<size_t>(a - cached_.begin());
}

void Slot::start(std::shared_ptr<Generation> generation, uint64_t now) {
  generation_ = std::move(generation);
  const GenerationRequest& request = generation_->request_;
  last_used_ = now;
  tokens_ = request.prompt;
  // The last token is computed in any case: its logits choose the first token of the answer.
  cached_.resize(std::min(common_prefix(tokens_), tokens_.size() - 1));
  sampler_.emplace(request.sampling, random_seed());
  decoder_.emplace(*tokenizer_);
  stops_.emplace(request.stops);
  logprobs_.clear();
  stats_ = {};
  stats_.prompt_tokens = static_cast<int64_t>(tokens_.size());
  stats_.cached_tokens = static_cast<int64_t>(cached_.size());
  started_ = std::chrono::steady_clock::now();
  generation_->listener_->on_started();
  if (request.max_tokens == 0) finish(StopReason::kLength);
}

// Prompt tokens not yet computed, but for the answer's newest one, which every pass computes.
size_t Slot::n_prompt_left() const {
  if (stats_.answer_tokens > 0) return 0;
  return tokens_.size() - cached_.size();
}

// A pass over many rows rounds differently from a pass over one. Where the same request must give the same
// text again, the prompt's last token is computed alone, as it is when all before it is cached the second
// time.
bool Slot::repeats() const {
  const sampling::Options& options = generation_->request_.sampling;
  return options.seed >= 0 || options.temperature <= 0.0F;
}

void Slot::add_rows(size_t budget, std::vector<model::BatchRow>& batch) {
  const size_t left = tokens_.size() - cached_.size();
  n_new_ = std::min(budget, left > 1 && repeats() ? left - 1 : left);
  for (size_t i = 0; i < n_new_; ++i) {
    const size_t pos = cached_.size() + i;
    batch.push_back({tokens_[pos], static_cast<int32_t>(pos), sequence_, pos + 1 == tokens_.size()});
  }
}

bool Slot::finish_rows() {
  const auto begin = tokens_.begin() + static_cast<std::ptrdiff_t>(cached_.size());
  cached_.insert(cached_.end(), begin, begin + static_cast<std::ptrdiff_t>(n_new_));
  return n_new_ != 0 && cached_.size() == tokens_.size();
}

void Slot::take_logits(std::span<const float> logits) {
  const auto now = std::chrono::steady_clock::now();
  if (stats_.answer_tokens == 0) {
    first_token_ = now;
    stats_.prompt_ns = ns_between(started_, now);
  }
  const text::TokenId token = sampler_->sample(logits, tokens_);
  ++stats_.answer_tokens;
  if (tokenizer_->is_end_of_generation(token)) {
    finish(StopReason::kEnd);
    return;
  }
  tokens_.push_back(token);
  emit(token, logits);
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
  } else if (tokens_.size() >= request.n_ctx) {
    finish(StopReason::kLength);
  }
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
  const auto generation = std::move(generation_);
  generation->listener_->on_done(std::move(stats_));
}

void Slot::check_ended() {
  if (generation_->cancelled_.load()) {
    fail({Code::kCancelled, "the generation was cancelled"});
  } else if (generation_->request_.deadline &&
             std::chrono::steady_clock::now() > *generation_->request_.deadline) {
    fail({Code::kTimeout, "the time limit for this answer has passed"});
  }
}

void Slot::fail(Error error) {
  // What the model wrote and is still held back belongs to the partial answer.
  std::string rest = stops_->finish();
  if (!rest.empty()) generation_->listener_->on_text(std::move(rest), std::exchange(logprobs_, {}));
  const auto generation = std::move(generation_);
  generation->listener_->on_failed(std::move(error));
}

}  // namespace samovar::engine
