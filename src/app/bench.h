// Measures a model on this machine: prefill and decode tokens per second beside the memory's read speed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/model.h"

namespace samovar::app {

struct BenchPlan {
  size_t prefill_tokens = 512;
  size_t decode_tokens = 64;
  size_t conversations = 1;  // decoded at once
  size_t depth = 0;          // tokens already in the cache before either begins
  size_t repeats = 5;
  size_t top_k = 40;  // of decode: what a sampler would look at of the logits; 0: all
};

struct Spread {  // of the repeats
  double median = 0.0;
  double lowest = 0.0;
  double highest = 0.0;
};

struct BenchResult {
  size_t threads = 0;
  Spread prefill_tokens_per_s;
  Spread decode_tokens_per_s;         // of all conversations together
  double head_share = 1.0;            // of the logits asked for, those that were computed whole
  double memory_read_gb_per_s = 0.0;  // best sweep over memory larger than the caches, same threads
};

[[nodiscard]] Spread spread_of(std::vector<double> values);  // precondition: not empty

// Fails with kOutOfMemory when cache or sweep buffer cannot be had. Precondition: depth and both token
// counts fit the model's context.
[[nodiscard]] Result<BenchResult> run_bench(const model::Model& model, const kernels::Table& table,
                                            const BenchPlan& plan, size_t threads);

}  // namespace samovar::app
