#include "engine/lookup.h"

#include <algorithm>

namespace samovar::engine {
namespace {

// Before anything is counted: longer matches are likelier to go on. Worth kPriorTrials trials.
constexpr double kPriorChance[] = {0.15, 0.2, 0.3, 0.45, 0.6, 0.7, 0.8};
constexpr double kPriorTrials = 4.0;
constexpr double kMemory = 0.97;  // about the last 30 trials count

}  // namespace

Lookup::Lookup(std::span<const text::TokenId> tokens) {
  latest_.fill(-1);
  tokens_.reserve(tokens.size() + 256);
  earlier_.reserve(tokens.size() + 256);
  for (const text::TokenId token : tokens) add(token);
  for (size_t kind = 0; kind < kKinds; ++kind) {
    records_[kind] = {kPriorChance[kind] * kPriorTrials, kPriorTrials};
  }
}

void Lookup::add(text::TokenId token) {
  tokens_.push_back(token);
  earlier_.push_back(-1);
  if (tokens_.size() < 2) return;
  const size_t last = tokens_.size() - 1;
  int32_t& latest = latest_[bucket_at(last)];
  earlier_[last] = latest;
  latest = static_cast<int32_t>(last);
}

void Lookup::push(text::TokenId token) {
  if (open_ && n_right_ < guess_.size()) {
    const bool right = guess_[n_right_] == token;
    Record& record = records_[kind_of(match_ + n_right_)];
    record.right = record.right * kMemory + (right ? 1.0 : 0.0);
    record.all = record.all * kMemory + 1.0;
    ++n_right_;
    open_ = right;
  }
  add(token);
}

std::span<const text::TokenId> Lookup::guess() {
  guess_.clear();
  match_ = 0;
  n_right_ = 0;
  open_ = false;
  if (tokens_.size() < 3) return guess_;
  size_t source = 0;
  int32_t at = earlier_.back();
  for (size_t tried = 0; at >= 0 && tried < kMaxTried && match_ < kMaxMatch; ++tried) {
    const size_t match = match_at(static_cast<size_t>(at));
    if (match >= 2 && match > match_) {
      match_ = match;
      source = static_cast<size_t>(at) + 1;
    }
    at = earlier_[static_cast<size_t>(at)];
  }
  if (match_ == 0) return guess_;
  for (size_t i = 0; i < kMaxGuess; ++i) {
    // A text that repeats itself goes on repeating itself: the guess may be its own source.
    const size_t from = source + i;
    guess_.push_back(from < tokens_.size() ? tokens_[from] : guess_[from - tokens_.size()]);
  }
  open_ = true;
  return guess_;
}

double Lookup::chance(size_t i) const {
  const Record& record = records_[kind_of(match_ + i)];
  return record.right / record.all;
}

size_t Lookup::kind_of(size_t match) {
  constexpr size_t kEnds[kKinds - 1] = {2, 3, 5, 8, 15, 31};
  return static_cast<size_t>(std::lower_bound(std::begin(kEnds), std::end(kEnds), match) - std::begin(kEnds));
}

size_t Lookup::bucket_at(size_t last) const {
  const auto a = static_cast<uint32_t>(tokens_[last - 1]);
  const auto b = static_cast<uint32_t>(tokens_[last]);
  return ((a * 2654435761U) ^ (b * 2246822519U)) >> 20U;
}

// How many tokens up to position `last` are those at the conversation's end.
size_t Lookup::match_at(size_t last) const {
  const size_t end = tokens_.size() - 1;
  size_t n = 0;
  while (n < kMaxMatch && n <= last && tokens_[last - n] == tokens_[end - n]) ++n;
  return n;
}

}  // namespace samovar::engine
