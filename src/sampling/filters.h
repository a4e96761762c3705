// Steps that leave the likely candidates and drop the rest. Each keeps at least one candidate of a
// non-empty list; the order of the list afterwards is fixed by its content alone.
// Candidates have finite logits.
#pragma once

#include <vector>

#include "sampling/selection.h"

namespace samovar::sampling {

// Fills `probability` with exp((logit - largest) / temperature), not divided by their sum, which is returned.
double compute_probabilities(std::vector<Candidate>& candidates, float temperature);

// The fewest likeliest candidates that together hold at least `p` of the probability (temperature 1).
void keep_top_p(std::vector<Candidate>& candidates, float p);

// Those at least `p` times as likely as the likeliest.
void keep_min_p(std::vector<Candidate>& candidates, float p);

// Locally typical sampling (Meister et al., arXiv 2202.00666): the fewest candidates, those whose surprise
// is nearest to the entropy first, that together hold more than `p`.
void keep_typical(std::vector<Candidate>& candidates, float p);

}  // namespace samovar::sampling
