#include "engine/pace.h"

#include <algorithm>

namespace samovar::engine {
namespace {

constexpr double kNewest = 0.25;      // weight of the latest measurement
constexpr double kWorthwhile = 1.03;  // gain below which guesses are left alone: estimates err
constexpr double kRowShare = 0.25;    // first guess at a row's cost in a pass of several, by that of one row
constexpr uint64_t kForgetAfter = 500;  // notes

// Pulls `mean` towards `value`; what is far above it (the machine was busy elsewhere) only a little.
void blend(double& mean, double value) {
  mean = mean == 0.0 ? value : mean + kNewest * (std::min(value, 2.0 * mean) - mean);
}

double relative_cost(size_t rows) { return 1.0 + kRowShare * (static_cast<double>(rows) - 1.0); }

}  // namespace

void Pace::note(PassShape pass, int64_t elapsed_ns) {
  const auto elapsed = static_cast<double>(elapsed_ns);
  if (pass.prompt_rows == 0) {
    Cost& cost = costs_[std::min(pass.answer_rows, kMaxRows)];
    // What was measured long ago, perhaps in a busy moment, counts no more.
    if (n_notes_ + 1 - cost.noted_at > kForgetAfter) cost = {};
    // One of the first two may have met a busy moment or memory touched for the first time.
    if (cost.n == 1) {
      cost.ns = std::min(cost.ns, elapsed);
    } else {
      blend(cost.ns, elapsed);
    }
    cost.noted_at = ++n_notes_;
    ++cost.n;
  } else if (pass.answer_rows == 0) {
    // Of a short prompt most of the time goes to reading the weights, which more rows would share.
    if (pass.prompt_rows < kLeastRowsAlone && alone_row_ns_ > 0.0) return;
    blend(alone_row_ns_, elapsed / static_cast<double>(pass.prompt_rows));
  } else if (pass.prompt_rows >= kLeastRows || shared_row_ns_ == 0.0) {
    const double rest = elapsed - answer_pass_ns(pass.answer_rows);
    blend(shared_row_ns_, std::max(rest, 0.0) / static_cast<double>(pass.prompt_rows));
  }
}

bool Pace::known(size_t rows) const {
  return costs_[rows].noted_at != 0 && n_notes_ - costs_[rows].noted_at <= kForgetAfter;
}

double Pace::answer_pass_ns(size_t rows) const {
  rows = std::min(rows, kMaxRows);
  if (known(rows)) return costs_[rows].ns;
  size_t below = rows;
  while (below > 0 && !known(below)) --below;
  size_t above = rows;
  while (above < kMaxRows && !known(above)) ++above;
  const bool has_above = known(above);
  if (below > 0 && has_above) {
    const double share = static_cast<double>(rows - below) / static_cast<double>(above - below);
    return costs_[below].ns + share * (costs_[above].ns - costs_[below].ns);
  }
  if (below == 0 && !has_above) return 0.0;
  const size_t nearest = below > 0 ? below : above;
  return costs_[nearest].ns * relative_cost(rows) / relative_cost(nearest);
}

size_t Pace::choose_prompt_rows(size_t answer_rows, size_t most) const {
  if (answer_rows == 0) {
    if (alone_row_ns_ == 0.0) return most;
    const auto rows = static_cast<size_t>(kAlonePassNs / alone_row_ns_);
    return std::clamp(rows, std::min(kLeastRowsAlone, most), most);
  }
  const double pass = answer_pass_ns(answer_rows);
  const double row = shared_row_ns_ > 0.0  ? shared_row_ns_
                     : alone_row_ns_ > 0.0 ? 1.5 * alone_row_ns_
                                           : kRowShare * answer_pass_ns(1);
  if (pass == 0.0 || row == 0.0) return std::min(kLeastRows, most);
  const auto rows = static_cast<size_t>((kWidestGap - 1.0) * pass / row);
  return std::clamp(rows, std::min(kLeastRows, most), most);
}

size_t Pace::choose_guess_rows(size_t n, const std::function<double(size_t)>& chance,
                               AnswerPlan& plan) const {
  const double alone_ns = answer_pass_ns(plan.rows);
  if (alone_ns == 0.0) return 0;
  size_t best = 0;
  double best_gain = kWorthwhile;
  double best_tokens = plan.tokens;
  double tokens = plan.tokens;
  double reached = 1.0;
  for (size_t i = 1; i <= n && plan.rows + i <= kMaxRows; ++i) {
    reached *= chance(i - 1);
    tokens += reached;
    const double gain = tokens / plan.tokens * alone_ns / answer_pass_ns(plan.rows + i);
    if (gain <= best_gain) continue;
    best = i;
    best_gain = gain;
    best_tokens = tokens;
  }
  plan.rows += best;
  plan.tokens = best_tokens;
  return best;
}

}  // namespace samovar::engine
