#include "sampling/filters.h"

#include <algorithm>
#include <cmath>

namespace samovar::sampling {
namespace {

constexpr size_t kFirstChunk = 64;

// Sorts as little of `list` as is needed: in growing chunks, until is_enough(element) says so. Gives the
// number of elements up to and with that one.
template <typename T, typename Less, typename IsEnough>
size_t sort_until(std::vector<T>& list, Less less, IsEnough is_enough) {
  size_t sorted = 0;
  while (sorted < list.size()) {
    const size_t end = std::min(list.size(), std::max(kFirstChunk, sorted * 4));
    const auto from = list.begin() + static_cast<std::ptrdiff_t>(sorted);
    const auto to = list.begin() + static_cast<std::ptrdiff_t>(end);
    if (to != list.end()) std::nth_element(from, to, list.end(), less);
    std::sort(from, to, less);
    for (; sorted < end; ++sorted) {
      if (is_enough(list[sorted])) return sorted + 1;
    }
  }
  return list.size();
}

float find_largest_logit(const std::vector<Candidate>& candidates) {
  return std::min_element(candidates.begin(), candidates.end(), is_likelier)->logit;
}

}  // namespace

double compute_probabilities(std::vector<Candidate>& candidates, float temperature) {
  if (candidates.empty()) return 0.0;
  const float largest = find_largest_logit(candidates);
  double total = 0.0;
  for (Candidate& candidate : candidates) {
    candidate.probability = std::exp((candidate.logit - largest) / temperature);
    total += static_cast<double>(candidate.probability);
  }
  return total;
}

void keep_top_p(std::vector<Candidate>& candidates, float p) {
  const double enough = compute_probabilities(candidates, 1.0F) * static_cast<double>(p);
  double held = 0.0;
  const size_t kept = sort_until(candidates, is_likelier, [&](const Candidate& candidate) {
    held += static_cast<double>(candidate.probability);
    return held >= enough;
  });
  candidates.resize(kept);
}

void keep_min_p(std::vector<Candidate>& candidates, float p) {
  if (candidates.empty()) return;
  const float largest = find_largest_logit(candidates);
  const float least = largest + std::log(std::min(p, 1.0F));
  std::erase_if(candidates, [&](const Candidate& candidate) { return candidate.logit < least; });
}

void keep_typical(std::vector<Candidate>& candidates, float p) {
  const double total = compute_probabilities(candidates, 1.0F);
  double entropy = 0.0;
  for (const Candidate& candidate : candidates) {
    const double share = static_cast<double>(candidate.probability) / total;
    if (share > 0.0) entropy -= share * std::log(share);
  }
  struct Ranked {
    double distance;
    Candidate candidate;
  };
  std::vector<Ranked> ranked;
  ranked.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const double surprise = std::log(total) - std::log(static_cast<double>(candidate.probability));
    ranked.push_back({std::abs(surprise - entropy), candidate});
  }
  const auto nearer = [](const Ranked& a, const Ranked& b) {
    return a.distance != b.distance ? a.distance < b.distance : is_likelier(a.candidate, b.candidate);
  };
  const double enough = total * static_cast<double>(p);
  double held = 0.0;
  const size_t kept = sort_until(ranked, nearer, [&](const Ranked& one) {
    held += static_cast<double>(one.candidate.probability);
    return held > enough;
  });
  candidates.clear();
  for (size_t i = 0; i < kept; ++i) candidates.push_back(ranked[i].candidate);
}

}  // namespace samovar::sampling
