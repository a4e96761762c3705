#include "sampling/sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>

#include "sampling/filters.h"

namespace samovar::sampling {
namespace {

// With more, most of the head would be needed anyway.
constexpr size_t kMostBest = 512;

bool has_penalties(const Options& options) {
  const bool any =
      options.repeat_penalty != 1.0F || options.presence_penalty != 0.0F || options.frequency_penalty != 0.0F;
  return any && options.repeat_last_n != 0;
}

void penalise(float& logit, size_t count, const Options& options) {
  if (options.repeat_penalty != 1.0F && options.repeat_penalty > 0.0F) {
    logit = logit > 0.0F ? logit / options.repeat_penalty : logit * options.repeat_penalty;
  }
  logit -= static_cast<float>(count) * options.frequency_penalty + options.presence_penalty;
}

// Looking at a few hundred tokens one by one costs less than a mask over all of them, and gives the same.
size_t count_looked_at(size_t k) { return k > kMostBest ? k : std::max<size_t>(4 * k, 256); }

// What a constraint makes of a logit: an impossible one stays possible where nothing else is.
float to_finite(float score) {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  return std::isnan(score) ? kLowest : std::max(score, kLowest);
}

}  // namespace

Sampler::Sampler(const Options& options, uint64_t random_seed)
    : options_(options), random_(options.seed == -1 ? random_seed : static_cast<uint64_t>(options.seed)) {}

TokenId Sampler::sample(std::span<const float> logits, std::span<const TokenId> recent, const Needs& met) {
  const std::span<const float> scores = apply_penalties(logits, recent);
  if (!constraint_) return choose(scores);
  const TokenId token = constraint_->active() ? choose_constrained(scores, met) : choose(scores);
  if (token == kNeedsAll) return token;
  constraint_->accept(token);
  return constraint_->failed() ? -1 : token;
}

TokenId Sampler::choose(std::span<const float> scores) {
  const bool greedy = !(options_.temperature > 0.0F) || options_.top_k == 1;
  const TokenId largest = find_largest(scores);
  if (greedy || largest < 0) return largest;
  // +infinity is certain and would make NaN of every probability below; the others mean that no token is
  // possible.
  if (!std::isfinite(scores[static_cast<size_t>(largest)])) return largest;

  if (options_.top_k > 0 && static_cast<size_t>(options_.top_k) < scores.size()) {
    select_largest(scores, static_cast<size_t>(options_.top_k), candidates_, maxima_);
  } else {
    select_all(scores, candidates_);
  }
  return filter_and_draw();
}

TokenId Sampler::filter_and_draw() {
  if (options_.typical_p < 1.0F) keep_typical(candidates_, options_.typical_p);
  if (options_.top_p < 1.0F) keep_top_p(candidates_, options_.top_p);
  if (options_.min_p > 0.0F) keep_min_p(candidates_, options_.min_p);
  return draw();
}

TokenId Sampler::choose_among(std::span<const float> scores, const std::vector<TokenId>& allowed) {
  candidates_.clear();
  for (const TokenId id : allowed) {
    if (static_cast<size_t>(id) >= scores.size()) break;
    candidates_.push_back({.id = id, .logit = to_finite(scores[static_cast<size_t>(id)])});
  }
  if (candidates_.empty()) return -1;
  const bool greedy = !(options_.temperature > 0.0F) || options_.top_k == 1;
  const auto best = std::min_element(candidates_.begin(), candidates_.end(), is_likelier);
  if (greedy || !std::isfinite(best->logit)) return best->id;
  std::sort(candidates_.begin(), candidates_.end(), is_likelier);
  if (options_.top_k > 0 && static_cast<size_t>(options_.top_k) < candidates_.size())
    candidates_.resize(static_cast<size_t>(options_.top_k));
  return filter_and_draw();
}

TokenId Sampler::choose_constrained(std::span<const float> scores, const Needs& met) {
  const grammar::Constraint::Choice choice = constraint_->look_ahead();
  const bool all = met.n_best == 0;
  if (choice.kind == grammar::Constraint::Choice::Kind::kFew) {
    const bool seen =
        all || std::includes(met.also.begin(), met.also.end(), choice.tokens->begin(), choice.tokens->end());
    return seen ? choose_among(scores, *choice.tokens) : kNeedsAll;
  }
  const bool greedy = !(options_.temperature > 0.0F) || options_.top_k == 1;
  const TokenId largest = find_largest(scores);
  if (greedy && constraint_->allows(largest)) return largest;
  const size_t k = greedy ? 1 : options_.top_k > 0 ? static_cast<size_t>(options_.top_k) : scores.size();
  const bool enough = all || met.n_best >= count_looked_at(k) + met.also.size();
  if (enough && k < scores.size() && select_allowed(scores, k))
    return greedy ? candidates_.front().id : filter_and_draw();
  if (!all) return kNeedsAll;

  const std::vector<uint64_t>& mask = constraint_->mask();
  masked_.assign(scores.size(), -std::numeric_limits<float>::infinity());
  bool any = false;
  for (size_t word = 0; word < mask.size(); ++word) {
    for (uint64_t bits = mask[word]; bits != 0; bits &= bits - 1) {
      const size_t id = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      if (id >= scores.size()) break;
      masked_[id] = to_finite(scores[id]);
      any = true;
    }
  }
  return any ? choose(masked_) : -1;
}

bool Sampler::select_allowed(std::span<const float> scores, size_t k) {
  const size_t n = std::min(scores.size(), count_looked_at(k));
  select_largest(scores, n, candidates_, maxima_);
  size_t kept = 0;
  for (size_t i = 0; i < candidates_.size() && kept < k; ++i) {
    if (constraint_->allows(candidates_[i].id)) candidates_[kept++] = candidates_[i];
  }
  if (kept < k) return false;
  candidates_.resize(kept);
  return true;
}

// Penalties move the logits of the window's m tokens only. The k best behind them are among those tokens and
// the k best of the others, which are among the k + m best before.
void Sampler::find_needs(std::span<const TokenId> recent, size_t n_vocab, Needs& needs, size_t n_ahead) {
  needs.n_best = 0;
  needs.also.clear();
  if (!options_.logit_bias.empty()) return;  // may bring up any token
  const bool greedy = !(options_.temperature > 0.0F) || options_.top_k == 1;
  size_t n_best = greedy ? 1 : options_.top_k > 0 ? static_cast<size_t>(options_.top_k) : 0;
  if (constraint_) {
    const auto choice = constraint_->look_ahead(recent.last(std::min(n_ahead, recent.size())));
    if (choice.kind == grammar::Constraint::Choice::Kind::kFew) {
      // Penalties change nothing about which ones may come.
      needs.also = *choice.tokens;
      std::erase_if(needs.also, [n_vocab](TokenId id) { return static_cast<size_t>(id) >= n_vocab; });
      needs.n_best = 1;
      return;
    }
    if (choice.kind == grammar::Constraint::Choice::Kind::kMany && n_best > 0)
      n_best = count_looked_at(n_best);
  }
  if (n_best == 0) return;
  if (has_penalties(options_)) {
    fill_window(recent);
    std::unique_copy(window_.begin(), window_.end(), std::back_inserter(needs.also));
    std::erase_if(needs.also, [n_vocab](TokenId id) { return id < 0 || static_cast<size_t>(id) >= n_vocab; });
  }
  n_best += needs.also.size();
  if (n_best <= kMostBest) {
    needs.n_best = n_best;
  } else {
    needs.also.clear();
  }
}

// The last repeat_last_n ids, sorted.
void Sampler::fill_window(std::span<const TokenId> recent) {
  const size_t n = options_.repeat_last_n < 0
                       ? recent.size()
                       : std::min(recent.size(), static_cast<size_t>(options_.repeat_last_n));
  window_.assign(recent.end() - static_cast<std::ptrdiff_t>(n), recent.end());
  std::sort(window_.begin(), window_.end());
}

std::span<const float> Sampler::apply_penalties(std::span<const float> logits,
                                                std::span<const TokenId> recent) {
  const bool penalises = has_penalties(options_) && !recent.empty();
  if (!penalises && options_.logit_bias.empty()) return logits;
  penalised_.assign(logits.begin(), logits.end());
  for (const auto& [token, bias] : options_.logit_bias) {
    if (token >= 0 && static_cast<size_t>(token) < penalised_.size())
      penalised_[static_cast<size_t>(token)] += bias;
  }
  if (!penalises) return penalised_;
  fill_window(recent);
  for (auto first = window_.begin(); first != window_.end();) {
    const auto last = std::upper_bound(first, window_.end(), *first);
    if (*first >= 0 && static_cast<size_t>(*first) < penalised_.size()) {
      penalise(penalised_[static_cast<size_t>(*first)], static_cast<size_t>(last - first), options_);
    }
    first = last;
  }
  return penalised_;
}

TokenId Sampler::draw() {
  const double total = compute_probabilities(candidates_, options_.temperature);
  const double target = random_.next_unit() * total;
  double passed = 0.0;
  for (const Candidate& candidate : candidates_) {
    passed += static_cast<double>(candidate.probability);
    if (passed > target) return candidate.id;
  }
  // Only rounding at the very end of the sum leads here.
  return std::min_element(candidates_.begin(), candidates_.end(), is_likelier)->id;
}

Logprobs compute_logprobs(std::span<const float> logits, TokenId chosen, size_t n_top) {
  Logprobs result;
  result.chosen.id = chosen;
  result.chosen.logprob = std::numeric_limits<float>::lowest();
  const TokenId largest = find_largest(logits);
  if (largest < 0) return result;
  const float best = logits[static_cast<size_t>(largest)];
  double total = 0.0;
  for (const float logit : logits) {
    // Below e^-30 even 262k of them do not move the float result.
    if (logit - best > -30.0F) total += static_cast<double>(std::exp(logit - best));
  }
  if (!std::isfinite(best)) total = 1.0;
  const double log_total = std::log(total);
  const auto logprob_of = [&](float logit) {
    if (logit == best) return static_cast<float>(-log_total);
    const double value = static_cast<double>(logit) - static_cast<double>(best) - log_total;
    const auto lowest = static_cast<double>(std::numeric_limits<float>::lowest());
    return static_cast<float>(value > lowest ? value : lowest);
  };
  if (chosen >= 0 && static_cast<size_t>(chosen) < logits.size()) {
    result.chosen.logprob = logprob_of(logits[static_cast<size_t>(chosen)]);
  }
  std::vector<Candidate> top;
  std::vector<float> scratch;
  select_largest(logits, n_top, top, scratch);
  for (const Candidate& candidate : top) {
    result.top.push_back({.id = candidate.id, .logprob = logprob_of(candidate.logit)});
  }
  return result;
}

}  // namespace samovar::sampling
