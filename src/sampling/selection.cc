#include "sampling/selection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

namespace samovar::sampling {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr size_t kLanes = 16;
constexpr size_t kBlock = 128;

// The largest of a block, NaN passed over. Independent lanes, so that the compiler uses vector registers.
float largest_of(std::span<const float> block) {
  std::array<float, kLanes> lanes;
  lanes.fill(kNever);
  size_t i = 0;
  for (; i + kLanes <= block.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const float value = block[i + lane];
      lanes[lane] = value > lanes[lane] ? value : lanes[lane];
    }
  }
  float best = kNever;
  for (; i < block.size(); ++i) best = block[i] > best ? block[i] : best;
  for (const float lane : lanes) best = lane > best ? lane : best;
  return best;
}

std::span<const float> block_of(std::span<const float> logits, size_t block) {
  const size_t begin = block * kBlock;
  return logits.subspan(begin, std::min(kBlock, logits.size() - begin));
}

size_t count_blocks(std::span<const float> logits) { return (logits.size() + kBlock - 1) / kBlock; }

}  // namespace

int32_t find_largest(std::span<const float> logits) {
  if (logits.empty()) return -1;
  float best = kNever;
  size_t best_block = 0;
  for (size_t block = 0; block < count_blocks(logits); ++block) {
    const float largest = largest_of(block_of(logits, block));
    if (largest > best) {
      best = largest;
      best_block = block;
    }
  }
  if (best == kNever) return 0;
  const std::span<const float> block = block_of(logits, best_block);
  const auto at = std::find(block.begin(), block.end(), best);
  return static_cast<int32_t>(best_block * kBlock + static_cast<size_t>(at - block.begin()));
}

void select_largest(std::span<const float> logits, size_t k, std::vector<Candidate>& out,
                    std::vector<float>& scratch) {
  const size_t n_blocks = count_blocks(logits);
  out.clear();
  if (k == 0) return;
  // At least k values reach the k-th largest block maximum, so nothing below it is among the k largest,
  // and blocks whose maximum is below it need no second look.
  float threshold = kNever;
  scratch.resize(n_blocks * 2);
  const std::span<float> maxima = std::span(scratch).first(n_blocks);
  for (size_t block = 0; block < n_blocks; ++block) maxima[block] = largest_of(block_of(logits, block));
  if (k < n_blocks) {
    const std::span<float> order = std::span(scratch).subspan(n_blocks);
    std::copy(maxima.begin(), maxima.end(), order.begin());
    const auto kth = order.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(order.begin(), kth, order.end(), std::greater<>());
    threshold = *kth;
  }
  for (size_t block = 0; block < n_blocks; ++block) {
    if (maxima[block] < threshold) continue;
    for (size_t i = block * kBlock; const float value : block_of(logits, block)) {
      const auto id = static_cast<int32_t>(i++);
      if (value >= threshold && value > kNever) out.push_back({.id = id, .logit = value});
    }
  }
  if (out.size() > k) {
    std::nth_element(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(k), out.end(), is_likelier);
    out.resize(k);
  }
  std::sort(out.begin(), out.end(), is_likelier);
}

void select_all(std::span<const float> logits, std::vector<Candidate>& out) {
  out.clear();
  for (size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] > kNever) out.push_back({.id = static_cast<int32_t>(i), .logit = logits[i]});
  }
}

}  // namespace samovar::sampling
