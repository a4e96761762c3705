#include "app/bench.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "model/kv_cache.h"
#include "model/transformer.h"
#include "ops/exec.h"
#include "platform/buffer.h"

namespace samovar::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kSweepBytes = size_t{512} << 20U;
constexpr size_t kSweepChunk = size_t{1} << 20U;
constexpr size_t kSweeps = 5;
constexpr size_t kBatch = 512;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Ids spread over the vocabulary, the same in every run.
text::TokenId token_at(size_t i, size_t n_vocab) {
  return static_cast<text::TokenId>((i * 2654435761U + 12345U) % n_vocab);
}

class Bench {
 public:
  Bench(const model::Model& model, model::KvCache& cache, ops::Exec& exec, size_t top_k)
      : n_vocab_(model.config.n_vocab),
        top_k_(top_k),
        transformer_(model.config, model.weights, cache, exec) {}

  // Computes `n` tokens of a prompt from position `begin` on in passes of kBatch; logits only for the last of
  // a pass.
  double prefill(size_t begin, size_t n, uint32_t sequence) {
    const Clock::time_point start = Clock::now();
    for (size_t done = 0; done < n; done += kBatch) {
      const size_t end = std::min(n, done + kBatch);
      rows_.clear();
      for (size_t i = done; i < end; ++i) {
        rows_.push_back({.token = token_at(begin + i, n_vocab_),
                         .pos = static_cast<int32_t>(begin + i),
                         .sequence = sequence,
                         .wants_logits = i + 1 == end,
                         .kind = model::RowKind::kPrompt,
                         .n_best = top_k_});
      }
      transformer_.forward(rows_);
    }
    return static_cast<double>(n) / seconds_since(start);
  }

  // Computes `n` tokens each of the answers of `conversations`, from position `begin` on: a token of each in
  // every pass.
  double decode(size_t begin, size_t n, size_t conversations) {
    const Clock::time_point start = Clock::now();
    for (size_t i = begin; i < begin + n; ++i) {
      rows_.clear();
      for (size_t sequence = 0; sequence < conversations; ++sequence) {
        rows_.push_back({.token = token_at(i + 1000 * sequence, n_vocab_),
                         .pos = static_cast<int32_t>(i),
                         .sequence = static_cast<uint32_t>(sequence),
                         .wants_logits = true,
                         .n_best = top_k_});
      }
      transformer_.forward(rows_);
    }
    return static_cast<double>(n * conversations) / seconds_since(start);
  }

  [[nodiscard]] double head_share() const {
    const ops::Head::Counts counts = transformer_.head_counts();
    return counts.logits == 0 ? 1.0
                              : static_cast<double>(counts.completed) / static_cast<double>(counts.logits);
  }

 private:
  size_t n_vocab_;
  size_t top_k_;
  model::Transformer transformer_;
  std::vector<model::BatchRow> rows_;
};

Result<double> measure_memory(const kernels::Table& table, platform::ThreadPool& pool) {
  auto buffer = platform::Buffer::make(kSweepBytes);
  if (!buffer) return buffer.error();
  const auto all = std::span<std::byte>(buffer->data(), kSweepBytes);
  const size_t n_chunks = kSweepBytes / kSweepChunk;
  pool.run(n_chunks, [&](size_t chunk, size_t) {
    std::ranges::fill(all.subspan(chunk * kSweepChunk, kSweepChunk), static_cast<std::byte>(chunk));
  });
  double best = 0.0;
  std::atomic<uint64_t> sum{0};
  for (size_t i = 0; i < kSweeps; ++i) {
    const Clock::time_point start = Clock::now();
    pool.run(n_chunks, [&](size_t chunk, size_t) {
      sum += table.read_sweep(all.subspan(chunk * kSweepChunk, kSweepChunk));
    });
    best = std::max(best, static_cast<double>(kSweepBytes) / seconds_since(start) / 1e9);
  }
  return best;
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

Result<BenchResult> run_bench(const model::Model& model, const kernels::Table& table, const BenchPlan& plan,
                              size_t threads) {
  platform::ThreadPool pool(threads);
  const Result<double> memory = measure_memory(table, pool);
  if (!memory) return memory.error();
  auto cache = model::KvCache::make(model.config, plan.conversations,
                                    plan.depth + std::max(plan.prefill_tokens, plan.decode_tokens));
  if (!cache) return cache.error();
  ops::Exec exec(pool, table);
  Bench bench(model, *cache, exec, plan.top_k);
  for (size_t sequence = 0; sequence < plan.conversations && plan.depth > 0; ++sequence) {
    bench.prefill(0, plan.depth, static_cast<uint32_t>(sequence));
  }
  bench.prefill(plan.depth, std::min<size_t>(plan.prefill_tokens, 32), 0);  // warms caches and scratch up
  std::vector<double> prefill;
  std::vector<double> decode;
  for (size_t i = 0; i < plan.repeats; ++i) {
    prefill.push_back(bench.prefill(plan.depth, plan.prefill_tokens, 0));
    decode.push_back(bench.decode(plan.depth, plan.decode_tokens, plan.conversations));
  }
  return BenchResult{threads, spread_of(std::move(prefill)), spread_of(std::move(decode)), bench.head_share(),
                     *memory};
}

}  // namespace samovar::app
