#include "ops/head.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

namespace samovar::ops {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr size_t kGroupRows = 64;     // whose largest sums are kept; a multiple of every panel's rows
constexpr size_t kGroupsAtOnce = 16;  // of one chunk, at most
constexpr size_t kListRows = kGroupRows * kGroupsAtOnce;
constexpr size_t kTokensAtOnce = 16;  // so that scratch stays small when all of a prompt's logits are wanted
constexpr size_t kChunkBytes = size_t{64} << 10U;

size_t count_groups(size_t n_rows) { return (n_rows + kGroupRows - 1) / kGroupRows; }

// The largest value of a group, NaN passed over.
float largest_of(std::span<const float> values) {
  std::array<float, 16> lanes;
  lanes.fill(kNever);
  size_t i = 0;
  for (; i + lanes.size() <= values.size(); i += lanes.size()) {
    for (size_t lane = 0; lane < lanes.size(); ++lane) {
      lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
    }
  }
  for (; i < values.size(); ++i) lanes[0] = values[i] > lanes[0] ? values[i] : lanes[0];
  return *std::max_element(lanes.begin(), lanes.end());
}

bool has_nan(std::span<const float> values) {
  int found = 0;
  for (const float value : values) found |= static_cast<int>(value != value);
  return found != 0;
}

// The n-th largest of `values`, which are reordered; NaN counts as -infinity.
float find_nth_largest(std::span<float> values, size_t n) {
  if (values.size() < n) return kNever;
  for (float& value : values) value = std::isnan(value) ? kNever : value;
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(n - 1);
  std::nth_element(values.begin(), nth, values.end(), std::greater<>());
  return *nth;
}

// A logit below the result is surely below `logit` after the soft cap, too. The kernels' tanh errs by less
// than 1e-6 and need not be monotone within that; far out many logits become equal.
float lower_for_softcap(float logit, float cap) {
  const double capped = std::tanh(static_cast<double>(logit) / static_cast<double>(cap)) - 1e-5;
  if (capped <= -1.0) return kNever;
  const double lower = static_cast<double>(cap) * std::atanh(capped);
  return std::nextafter(std::min(logit, static_cast<float>(lower)), kNever);
}

}  // namespace

void Head::run(Exec& exec, const Rows& x, std::span<const HeadRow> wanted, float* logits) {
  if (!weights_->is_split()) return run_whole(exec, x, logits);
  for (size_t begin = 0; begin < x.n_rows; begin += kTokensAtOnce) {
    const size_t n = std::min(kTokensAtOnce, x.n_rows - begin);
    run_split(exec, {x.x + begin * x.stride, n, x.cols, x.stride}, wanted.subspan(begin, n),
              logits + begin * weights_->split.rows);
  }
}

void Head::run_whole(Exec& exec, const Rows& x, float* logits) {
  const size_t n_vocab = weights_->whole.rows;
  const std::array<Product, 1> product = {{{&weights_->whole, logits, n_vocab}}};
  run_linear(exec, x, product);
  if (softcap_ <= 0.0F) return;
  constexpr size_t kPart = 8192;
  const size_t total = x.n_rows * n_vocab;
  exec.for_rows((total + kPart - 1) / kPart, kPart, [&](size_t part) {
    exec.kernels().softcap(logits + part * kPart, softcap_, std::min(kPart, total - part * kPart));
  });
}

void Head::run_split(Exec& exec, const Rows& x, std::span<const HeadRow> wanted, float* logits) {
  prepare(exec, x, wanted, logits);
  multiply_high(exec);
  size_t n_also = 0;
  for (Token& token : tokens_) {
    if (!token.few) continue;
    find_threshold(exec, token);
    n_also += token.wanted->also.size();
  }
  // Before the others become -infinity.
  also_logits_.resize(n_also);
  float* also = also_logits_.data();
  for (const Token& token : tokens_) {
    if (!token.few) continue;
    list_.assign(token.wanted->also.begin(), token.wanted->also.end());
    complete(exec, token, list_, also);
    also += list_.size();
  }
  complete_chosen(exec);
  also = also_logits_.data();
  for (const Token& token : tokens_) {
    if (!token.few) continue;
    for (const int32_t id : token.wanted->also) token.logits[id] = *also++;
  }
}

void Head::prepare(Exec& exec, const Rows& x, std::span<const HeadRow> wanted, float* logits) {
  const kernels::SplitMatrix& head = weights_->split;
  const size_t n_groups = count_groups(head.rows);
  const size_t n_floats = kernels::run_floats(head.type, x.cols);
  const size_t row_bytes = exec.kernels().quantized_row_bytes(x.cols);
  const std::byte* quantized = quantize(exec, x);
  tokens_.assign(x.n_rows, {});
  runs_.resize(x.n_rows * n_floats);
  upper_.resize(x.n_rows * head.rows);
  groups_.resize(x.n_rows * 2 * n_groups);
  for (size_t t = 0; t < x.n_rows; ++t) {
    Token& token = tokens_[t];
    token.wanted = &wanted[t];
    token.quantized = quantized + t * row_bytes;
    token.runs = &runs_[t * n_floats];
    token.logits = logits + t * head.rows;
    token.upper = &upper_[t * head.rows];
    token.best = &groups_[t * 2 * n_groups];
    token.reach = token.best + n_groups;
    const bool bounded = kernels::measure_runs(head.type, token.quantized, x.cols, &runs_[t * n_floats]);
    const size_t n_best = wanted[t].n_best;
    token.few = bounded && n_best > 0 && n_best <= std::min(n_groups, kListRows);
    if (n_best > 0) n_logits_ += head.rows;
    if (n_best > 0 && !token.few) n_completed_ += head.rows;
  }
}

// The high sums of all tokens; and the logits of those that want all.
void Head::multiply_high(Exec& exec) {
  const kernels::SplitMatrix& head = weights_->split;
  const kernels::Table& kernels = exec.kernels();
  const size_t n_groups = count_groups(head.rows);
  const size_t panels_per_group = kGroupRows / kernels.panel_rows;
  const size_t n_panels = (head.rows + kernels.panel_rows - 1) / kernels.panel_rows;
  const size_t group_bytes =
      kernels::high_panel_bytes(head.type, head.cols, kernels.panel_rows) * panels_per_group;
  const size_t per_chunk = std::clamp<size_t>(kChunkBytes / group_bytes, 1, kGroupsAtOnce);
  exec.pool().run((n_groups + per_chunk - 1) / per_chunk, [&](size_t chunk, size_t) {
    const size_t begin = chunk * per_chunk;
    const size_t end = std::min(n_groups, begin + per_chunk);
    kernels.multiply_high({.weights = &head,
                           .panel_begin = begin * panels_per_group,
                           .panel_end = std::min(n_panels, end * panels_per_group),
                           .n_tokens = tokens_.size(),
                           .quantized = tokens_[0].quantized,
                           .runs = runs_.data(),
                           .y = tokens_[0].logits,
                           .upper = upper_.data(),
                           .y_stride = head.rows});
    std::array<uint32_t, kListRows> list;
    for (const Token& token : tokens_) {
      for (size_t group = begin; group < end && token.few; ++group) {
        const size_t first = group * kGroupRows;
        const size_t n = std::min(kGroupRows, head.rows - first);
        const std::span<const float> upper(token.upper + first, n);
        token.best[group] = largest_of({token.logits + first, n});
        token.reach[group] = has_nan(upper) ? -kNever : largest_of(upper);
      }
      if (token.few) continue;
      const size_t first = begin * kGroupRows;
      const size_t n = std::min(end * kGroupRows, head.rows) - first;
      for (size_t i = 0; i < n; ++i) list[i] = static_cast<uint32_t>(first + i);
      // In place: a row's high sum is read before its logit is written.
      complete(exec, token, {list.data(), n}, token.logits + first);
    }
  });
}

// out[i] = the logit of rows[i] before the soft cap.
void Head::add_low(const Exec& exec, const Token& token, std::span<const uint32_t> rows, float* out) const {
  exec.kernels().add_low({.weights = &weights_->split,
                          .rows = rows.data(),
                          .n_rows = rows.size(),
                          .quantized = token.quantized,
                          .runs = token.runs,
                          .high = token.logits,
                          .out = out});
}

// out[i] = the logit of rows[i].
void Head::complete(const Exec& exec, const Token& token, std::span<const uint32_t> rows, float* out) const {
  if (rows.empty()) return;
  add_low(exec, token, rows, out);
  if (softcap_ > 0.0F) exec.kernels().softcap(out, softcap_, rows.size());
}

// The n-th largest exact logit of some rows that are likely the best: no better one can be below it.
void Head::find_threshold(const Exec& exec, Token& token) {
  const size_t n_rows = weights_->split.rows;
  const size_t n_groups = count_groups(n_rows);
  const size_t n_best = token.wanted->n_best;
  scratch_.assign(token.best, token.best + n_groups);
  const float first_guess = find_nth_largest(scratch_, n_best);
  list_.clear();
  for (size_t group = 0; group < n_groups && list_.size() + kGroupRows <= 2 * kListRows; ++group) {
    if (token.best[group] < first_guess) continue;
    const size_t end = std::min(n_rows, (group + 1) * kGroupRows);
    for (size_t row = group * kGroupRows; row < end; ++row) {
      if (token.logits[row] >= first_guess) list_.push_back(static_cast<uint32_t>(row));
    }
  }
  scratch_.resize(list_.size());
  add_low(exec, token, list_, scratch_.data());
  token.threshold = find_nth_largest(scratch_, n_best);
  if (softcap_ > 0.0F) token.threshold = lower_for_softcap(token.threshold, softcap_);
}

// The logits of all rows that may reach the threshold; -infinity for the others.
void Head::complete_chosen(Exec& exec) {
  std::array<const Token*, kTokensAtOnce> few;
  size_t n_few = 0;
  for (const Token& token : tokens_) {
    if (token.few) few[n_few++] = &token;
  }
  const size_t n_groups = count_groups(weights_->split.rows);
  const size_t n_parts = (n_groups + kGroupsAtOnce - 1) / kGroupsAtOnce;
  exec.pool().run(n_few * n_parts, [&](size_t chunk, size_t) {
    const size_t begin = chunk % n_parts * kGroupsAtOnce;
    choose_in_groups(exec, *few[chunk / n_parts], begin, std::min(n_groups, begin + kGroupsAtOnce));
  });
}

void Head::choose_in_groups(const Exec& exec, const Token& token, size_t begin, size_t end) {
  const size_t n_rows = weights_->split.rows;
  std::array<uint32_t, kListRows> list;
  std::array<float, kListRows> completed;
  size_t n = 0;
  for (size_t group = begin; group < end; ++group) {
    const size_t first = group * kGroupRows;
    const size_t last = std::min(n_rows, first + kGroupRows);
    if (token.reach[group] < token.threshold) {
      std::fill(token.logits + first, token.logits + last, kNever);
      continue;
    }
    for (size_t row = first; row < last; ++row) {
      if (token.upper[row] < token.threshold) {
        token.logits[row] = kNever;
      } else {
        list[n++] = static_cast<uint32_t>(row);
      }
    }
  }
  complete(exec, token, {list.data(), n}, completed.data());
  for (size_t i = 0; i < n; ++i) token.logits[list[i]] = completed[i];
  n_completed_ += n;
}

}  // namespace samovar::ops
