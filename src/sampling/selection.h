// The largest of very many logits without sorting them all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace samovar::sampling {

struct Candidate {
  int32_t id = -1;
  float logit = 0.0F;
  float probability = 0.0F;
};

// The order of everything here: the larger logit first, equal ones by the lower id.
[[nodiscard]] inline bool is_likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

// NaN counts as -infinity. -1 for no logits; 0 when all are -infinity.
[[nodiscard]] int32_t find_largest(std::span<const float> logits);

// The `k` likeliest (all of them when there are fewer), likeliest first, into `out`; tokens of -infinity
// or NaN are left out. `scratch` is kept between calls so that nothing is allocated.
void select_largest(std::span<const float> logits, size_t k, std::vector<Candidate>& out,
                    std::vector<float>& scratch);

// Every token above -infinity, in order of id.
void select_all(std::span<const float> logits, std::vector<Candidate>& out);

}  // namespace samovar::sampling
