// The output head: logits of rows of hidden states. Where only the best of a row are asked for, the low plane
// of a split head is read for the few rows that can be among them; what comes out for those has the same bits
// as with everything read. docs/decisions/005-exact-split-head.md has the proof.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/split.h"
#include "kernels/table.h"
#include "ops/exec.h"
#include "ops/linear.h"

namespace samovar::ops {

// One of the two; borrowed from the arena that packed it.
struct HeadWeights {
  kernels::PackedMatrix whole;  // (n_vocab, d_model); rows 0 where the head is split
  kernels::SplitMatrix split;   // (n_vocab, d_model); rows 0 where it is not

  [[nodiscard]] bool is_split() const { return split.rows != 0; }
};

// What will be looked at of a row of logits.
struct HeadRow {
  size_t n_best = 0;                   // the largest n_best, and all equal to the last of them; 0: all
  std::span<const int32_t> also = {};  // borrowed; ids in [0, n_vocab) that are wanted in any case
};

class Head {
 public:
  // `weights` is borrowed. `softcap`: logits become cap * tanh(logit / cap) when > 0.
  Head(const HeadWeights& weights, float softcap) : weights_(&weights), softcap_(softcap) {}

  // Writes x.n_rows rows of n_vocab logits. Every logit is exact (the same bits as with n_best 0) or
  // -infinity, and is exact where `wanted` (one per row of x) says so. Precondition: x.cols is d_model.
  void run(Exec& exec, const Rows& x, std::span<const HeadRow> wanted, float* logits);

  // Of a split head and all rows asked for with n_best > 0 so far: logits, and how many took the low plane.
  struct Counts {
    size_t logits = 0;
    size_t completed = 0;
  };
  [[nodiscard]] Counts counts() const { return {n_logits_, n_completed_}; }

 private:
  // One row of hidden states on its way through a split head.
  struct Token {
    const HeadRow* wanted = nullptr;
    const std::byte* quantized = nullptr;
    const float* runs = nullptr;
    float* logits = nullptr;  // [n_vocab] the high plane's sums, then the logits
    float* upper = nullptr;   // [n_vocab]
    float* best = nullptr;    // [n_groups] largest high sum of each group
    float* reach = nullptr;   // [n_groups] largest upper of each group
    bool few = false;         // not all logits are wanted, and the bound holds
    float threshold = 0.0F;   // logits below it are not wanted
  };

  void run_whole(Exec& exec, const Rows& x, float* logits);
  void run_split(Exec& exec, const Rows& x, std::span<const HeadRow> wanted, float* logits);
  void prepare(Exec& exec, const Rows& x, std::span<const HeadRow> wanted, float* logits);
  void multiply_high(Exec& exec);
  void find_threshold(const Exec& exec, Token& token);
  void complete_chosen(Exec& exec);
  void choose_in_groups(const Exec& exec, const Token& token, size_t begin, size_t end);
  void add_low(const Exec& exec, const Token& token, std::span<const uint32_t> rows, float* out) const;
  void complete(const Exec& exec, const Token& token, std::span<const uint32_t> rows, float* out) const;

  const HeadWeights* weights_;  // borrowed
  float softcap_;
  size_t n_logits_ = 0;
  std::atomic<size_t> n_completed_{0};
  std::vector<Token> tokens_;
  std::vector<float> runs_;
  std::vector<float> upper_;
  std::vector<float> groups_;       // best and reach of all tokens
  std::vector<float> scratch_;      // of find_threshold
  std::vector<uint32_t> list_;      // of find_threshold
  std::vector<float> also_logits_;  // of all tokens
};

}  // namespace samovar::ops
