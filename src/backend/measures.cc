#include "backend/measures.h"

#include <algorithm>

namespace samovar::backend {
namespace {

constexpr size_t kMaxModels = 100;

}  // namespace

void Histogram::observe(double value) {
  const auto place = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<size_t>(place)];
  sum_ += value;
}

Histogram::Figures Histogram::read() const {
  Figures out;
  out.bounds = bounds_;
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < bounds_.size(); ++i) {
    out.count += counts_[i];
    out.at_most.push_back(out.count);
  }
  out.count += counts_.back();
  out.sum = sum_;
  return out;
}

void Measures::add_tokens(const std::string& model, const TokenFigures& tokens) {
  const std::lock_guard lock(mutex_);
  const bool fits = tokens_.size() < kMaxModels || tokens_.count(model) != 0;
  TokenFigures& sum = tokens_[fits ? model : "other"];
  sum.prompt += tokens.prompt;
  sum.cached += tokens.cached;
  sum.answer += tokens.answer;
  sum.embedded += tokens.embedded;
}

void Measures::count_answer(const std::string& result) {
  const std::lock_guard lock(mutex_);
  ++answers_[result];
}

std::map<std::string, TokenFigures> Measures::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

std::map<std::string, int64_t> Measures::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

}  // namespace samovar::backend
